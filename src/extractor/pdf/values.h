// Values as a PDF writes them, and numbers of pages, in common forms.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace rappel::extractor::pdf {

// "D:20261123100000+01'00'" as RFC 3339; "" if it is no date.
std::string rfc3339_of(std::string_view date);

// Sorted page numbers as "3-7, 9"; at most 20 ranges, then "..".
std::string ranges_of(const std::vector<int>& pages);
// "page 3", or "pages 3-7, 9".
std::string on_pages(const std::vector<int>& pages);

}  // namespace rappel::extractor::pdf
