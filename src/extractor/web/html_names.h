// The names of an element, and their meaning for its part in the page: tag, role, class, id and style.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>

#include "extractor/web/html_tree.h"

namespace rappel::extractor {

// Class and id in lower case.
std::string words_of(const HtmlNode& node);
bool has_any(const std::string& text, std::initializer_list<std::string_view> words);

bool is_hidden(const HtmlNode& node);
bool is_permalink(const HtmlNode& node);
// By tag or role: navigation, banners, dialogs.
bool is_around(const HtmlNode& node);
// By the names that sites give to what stands around their texts.
bool is_unlikely(const HtmlNode& node);
// -25, 0 or 25: the names of a text, or of something else.
int words_score(const HtmlNode& node);

}  // namespace rappel::extractor
