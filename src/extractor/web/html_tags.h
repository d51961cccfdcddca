// The meaning of HTML elements for their text.
#pragma once

#include <string_view>

namespace rappel::extractor {

struct HtmlTag {
  bool block = false;   // text before, in and after it does not run together
  bool unread = false;  // what it holds is no text of the page
  int heading = 0;      // 1..6
  int main_score = 0;   // how its kind speaks for being the main text
};

HtmlTag html_tag(std::string_view name);

}  // namespace rappel::extractor
