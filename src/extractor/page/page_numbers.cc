#include "extractor/page/page_numbers.h"

#include <cstddef>

namespace rappel::extractor::page {
namespace {

constexpr std::size_t kMaxRanges = 20;

}  // namespace

std::string ranges_of(const std::vector<int>& pages) {
  std::string text;
  std::size_t ranges = 0;
  for (std::size_t i = 0; i < pages.size();) {
    std::size_t end = i + 1;
    while (end < pages.size() && pages[end] == pages[end - 1] + 1) ++end;
    if (!text.empty()) text += ", ";
    if (++ranges > kMaxRanges) return text + "..";
    text += std::to_string(pages[i]);
    if (end - i > 1) text += "-" + std::to_string(pages[end - 1]);
    i = end;
  }
  return text;
}

std::string on_pages(const std::vector<int>& pages) {
  return (pages.size() == 1 ? "page " : "pages ") + ranges_of(pages);
}

}  // namespace rappel::extractor::page
