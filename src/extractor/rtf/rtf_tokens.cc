#include "extractor/rtf/rtf_tokens.h"

#include <algorithm>
#include <cctype>

namespace rappel::extractor {
namespace {

constexpr std::size_t kLongestWord = 32;
constexpr long kLargest = 100'000'000;

bool is_letter(char c) { return std::isalpha(static_cast<unsigned char>(c)) != 0; }
bool is_digit(char c) { return std::isdigit(static_cast<unsigned char>(c)) != 0; }

int hex_digit(char c) {
  if (is_digit(c)) return c - '0';
  const char lower = static_cast<char>(c | 0x20);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

}  // namespace

RtfToken RtfTokens::next() {
  while (at_ < bytes_.size() && (bytes_[at_] == '\r' || bytes_[at_] == '\n' || bytes_[at_] == '\0')) ++at_;
  if (at_ >= bytes_.size()) return {};
  switch (bytes_[at_]) {
    case '{': return {RtfKind::kOpen, bytes_.substr(at_++, 1)};
    case '}': return {RtfKind::kClose, bytes_.substr(at_++, 1)};
    case '\\': return control();
    default: break;
  }
  const std::size_t end =
      std::min(bytes_.find_first_of(std::string_view("\\{}\r\n\0", 6), at_), bytes_.size());
  const RtfToken token{RtfKind::kText, bytes_.substr(at_, end - at_)};
  at_ = end;
  return token;
}

void RtfTokens::skip(std::size_t bytes) { at_ += std::min(bytes, bytes_.size() - at_); }

RtfToken RtfTokens::control() {
  if (++at_ >= bytes_.size()) return {};
  if (bytes_[at_] == '\'') return byte();
  if (is_letter(bytes_[at_])) return word();
  return {RtfKind::kSymbol, bytes_.substr(at_++, 1)};
}

RtfToken RtfTokens::byte() {
  const int high = at_ + 1 < bytes_.size() ? hex_digit(bytes_[at_ + 1]) : -1;
  const int low = at_ + 2 < bytes_.size() ? hex_digit(bytes_[at_ + 2]) : -1;
  const std::size_t length = high < 0 ? 1 : low < 0 ? 2 : 3;
  const RtfToken token{RtfKind::kByte, bytes_.substr(at_, length), length == 3 ? high * 16 + low : '?',
                       length == 3};
  at_ += length;
  return token;
}

RtfToken RtfTokens::word() {
  RtfToken token{RtfKind::kWord};
  const std::size_t begin = at_;
  while (at_ < bytes_.size() && is_letter(bytes_[at_]) && at_ - begin < kLongestWord) ++at_;
  token.text = bytes_.substr(begin, at_ - begin);
  const bool negative = at_ + 1 < bytes_.size() && bytes_[at_] == '-' && is_digit(bytes_[at_ + 1]);
  if (negative) ++at_;
  for (; at_ < bytes_.size() && is_digit(bytes_[at_]); ++at_) {
    token.has_value = true;
    token.value = std::min(token.value * 10 + (bytes_[at_] - '0'), kLargest);
  }
  if (negative) token.value = -token.value;
  if (at_ < bytes_.size() && bytes_[at_] == ' ') ++at_;
  return token;
}

}  // namespace rappel::extractor
