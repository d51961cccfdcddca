// Numbers of pages, for people.
#pragma once

#include <string>
#include <vector>

namespace rappel::extractor::page {

// Sorted page numbers as "3-7, 9"; at most 20 ranges, then "..".
std::string ranges_of(const std::vector<int>& pages);
// "page 3", or "pages 3-7, 9".
std::string on_pages(const std::vector<int>& pages);

}  // namespace rappel::extractor::page
