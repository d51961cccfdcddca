// The text that words are cut from: valid UTF-8 in NFKC, without invisible characters, with at most 30
// combining marks in a row (UAX 15, stream-safe text), so that normalization takes linear time.
#pragma once

#include <string>
#include <string_view>

namespace rappel {

// Combining marks in a row that are kept.
constexpr int kMostCombining = 30;

bool is_ascii(std::string_view text);

class WordText {
 public:
  // Any bytes; U+FFFD stands for those that are no UTF-8. Bytes after the first GiB are left out. The view
  // lasts until the next call, or as long as `text`: ASCII is returned as it is.
  std::string_view prepare(std::string_view text);

 private:
  std::string clean_, normal_;
};

}  // namespace rappel
