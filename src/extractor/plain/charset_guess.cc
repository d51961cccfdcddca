#include "extractor/plain/charset_guess.h"

#include <uchardet/uchardet.h>

#include <algorithm>
#include <memory>

namespace rappel::extractor {
namespace {

constexpr std::size_t kBefore = 256, kMost = std::size_t{128} << 10;

struct Delete {
  void operator()(uchardet* detector) const { uchardet_delete(detector); }
};

}  // namespace

std::string guess_charset(std::string_view bytes) {
  const auto* first =
      std::find_if(bytes.begin(), bytes.end(), [](char c) { return static_cast<unsigned char>(c) >= 0x80; });
  const auto at = static_cast<std::size_t>(first - bytes.begin());
  const std::string_view part = bytes.substr(at - std::min(at, kBefore), kMost);
  const std::unique_ptr<uchardet, Delete> detector(uchardet_new());
  if (uchardet_handle_data(detector.get(), part.data(), part.size()) != 0) return "";
  uchardet_data_end(detector.get());
  return uchardet_get_charset(detector.get());
}

}  // namespace rappel::extractor
