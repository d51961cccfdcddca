// A first pass over HTML before it is parsed, so that no page makes the parser slow or its tree deep.
//
// Leaves out scripts, styles, comments, tags beyond a depth (their text stays), giant tags, and what comes
// after very many tags. Elements that XHTML closes in one tag are closed by a second one.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace rappel::extractor {

inline constexpr std::size_t kHtmlDepth = 512, kHtmlTags = 500'000;

struct ScannedHtml {
  std::string html;
  bool cut = false;   // the page has more tags than are read
  bool deep = false;  // tags beyond the depth were left out
};

ScannedHtml scan_html(std::string_view html);

}  // namespace rappel::extractor
