#include "base/utf8.h"

#include <algorithm>
#include <cstdint>
#include <cstring>

namespace rappel {
namespace {

// Length of the well-formed character at `at`, or minus the length of the ill-formed part to be replaced
// (Unicode, table 3-7 and "substitution of maximal subparts").
int sequence_at(std::string_view text, std::size_t at) {
  const auto byte = [&](std::size_t i) -> unsigned { return static_cast<unsigned char>(text[i]); };
  const unsigned lead = byte(at);
  if (lead < 0x80) return 1;
  if (lead < 0xC2 || lead > 0xF4) return -1;
  const int length = lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
  unsigned low = 0x80, high = 0xBF;
  if (lead == 0xE0) low = 0xA0;
  if (lead == 0xED) high = 0x9F;
  if (lead == 0xF0) low = 0x90;
  if (lead == 0xF4) high = 0x8F;
  for (int i = 1; i < length; ++i) {
    if (at + static_cast<std::size_t>(i) >= text.size()) return -i;
    const unsigned next = byte(at + static_cast<std::size_t>(i));
    if (next < low || next > high) return -i;
    low = 0x80, high = 0xBF;
  }
  return length;
}

}  // namespace

std::size_t utf8_sequence(std::string_view text, std::size_t at) {
  const int length = sequence_at(text, at);
  return length < 0 ? 0 : static_cast<std::size_t>(length);
}

std::size_t utf8_count(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(
      text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

void utf8_append(std::string& out, char32_t c) {
  if (c < 0x80) {
    out += static_cast<char>(c);
  } else if (c < 0x800) {
    out += static_cast<char>(0xC0 | c >> 6);
    out += static_cast<char>(0x80 | (c & 0x3F));
  } else if (c < 0x10000) {
    out += static_cast<char>(0xE0 | c >> 12);
    out += static_cast<char>(0x80 | (c >> 6 & 0x3F));
    out += static_cast<char>(0x80 | (c & 0x3F));
  } else {
    out += static_cast<char>(0xF0 | c >> 18);
    out += static_cast<char>(0x80 | (c >> 12 & 0x3F));
    out += static_cast<char>(0x80 | (c >> 6 & 0x3F));
    out += static_cast<char>(0x80 | (c & 0x3F));
  }
}

std::size_t utf8_valid_prefix(std::string_view text) {
  std::size_t at = 0;
  while (at < text.size()) {
    // Fast path for eight ASCII bytes at a time.
    while (at + 8 <= text.size()) {
      std::uint64_t eight;
      std::memcpy(&eight, text.data() + at, 8);
      if ((eight & 0x8080808080808080u) != 0) break;
      at += 8;
    }
    if (at == text.size()) break;
    // And for most characters of two and three bytes.
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[at + i]); };
    const auto goes_on = [&](std::size_t i) { return (byte(i) & 0xC0) == 0x80; };
    if (at + 3 <= text.size()) {
      const unsigned lead = byte(0);
      if (lead >= 0xC2 && lead < 0xE0 && goes_on(1)) {
        at += 2;
        continue;
      }
      // No overlong form, no surrogate.
      const bool least = lead != 0xE0 || byte(1) >= 0xA0, no_half = lead != 0xED || byte(1) < 0xA0;
      if (lead >= 0xE0 && lead < 0xF0 && least && no_half && goes_on(1) && goes_on(2)) {
        at += 3;
        continue;
      }
    }
    const int length = sequence_at(text, at);
    if (length < 0) return at;
    at += static_cast<std::size_t>(length);
  }
  return at;
}

RepairedText utf8_repair(std::string_view text) {
  RepairedText out;
  out.text.reserve(text.size() + 16);
  out.origin.reserve(text.size() + 16);
  for (std::size_t at = 0; at < text.size();) {
    const int length = sequence_at(text, at);
    const auto step = static_cast<std::size_t>(length < 0 ? -length : length);
    const std::size_t before = out.text.size();
    if (length < 0)
      out.text += "\xEF\xBF\xBD";
    else
      out.text.append(text, at, step);
    out.origin.resize(out.origin.size() + out.text.size() - before, static_cast<std::uint32_t>(at));
    at += step;
  }
  out.origin.push_back(static_cast<std::uint32_t>(text.size()));
  return out;
}

}  // namespace rappel
