// The tokens of RTF.
#pragma once

#include <cstddef>
#include <string_view>

namespace rappel::extractor {

enum class RtfKind {
  kEnd,
  kOpen,
  kClose,
  kWord,    // \par, \fs24
  kSymbol,  // \~, \*
  kByte,    // \'e9
  kText,    // bytes without control signs
};

struct RtfToken {
  RtfKind kind = RtfKind::kEnd;
  std::string_view text;  // name of the word, the symbol, or the text
  long value = 0;         // of the byte, or after the word
  bool has_value = false;
};

class RtfTokens {
 public:
  explicit RtfTokens(std::string_view bytes) : bytes_(bytes) {}
  RtfToken next();
  void skip(std::size_t bytes);  // binary data

 private:
  RtfToken control();
  RtfToken byte();
  RtfToken word();

  const std::string_view bytes_;
  std::size_t at_ = 0;
};

}  // namespace rappel::extractor
