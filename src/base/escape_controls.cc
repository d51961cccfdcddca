#include "base/escape_controls.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iterator>

#include "base/utf8.h"

namespace rappel {
namespace {

struct Range {
  char32_t first, last;
};

// Control characters; zero-width marks; line and paragraph separators; bidirectional controls; tags.
constexpr std::array kUnprintable{Range{0x00, 0x1F},     Range{0x7F, 0x9F},     Range{0xAD, 0xAD},
                                  Range{0x200B, 0x200B}, Range{0x200E, 0x200F}, Range{0x2028, 0x202E},
                                  Range{0x2060, 0x206F}, Range{0xFEFF, 0xFEFF}, Range{0xE0000, 0xE007F}};

bool is_unprintable(char32_t c) {
  return std::any_of(kUnprintable.begin(), kUnprintable.end(),
                     [c](const Range& range) { return c >= range.first && c <= range.last; });
}

void append_escaped(std::string& out, char32_t c) {
  switch (c) {
    case '\n': out += "\\n"; return;
    case '\r': out += "\\r"; return;
    case '\t': out += "\\t"; return;
    default: break;
  }
  if (c < 0x80)
    fmt::format_to(std::back_inserter(out), "\\x{:02x}", static_cast<unsigned>(c));
  else
    fmt::format_to(std::back_inserter(out), "\\u{{{:x}}}", static_cast<unsigned>(c));
}

}  // namespace

std::string escape_controls(std::string_view text, std::string_view kept) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t at = 0; at < text.size();) {
    std::size_t length = utf8_sequence(text, at);
    if (length == 0) {
      fmt::format_to(std::back_inserter(out), "\\x{:02x}", static_cast<unsigned char>(text[at]));
      ++at;
      continue;
    }
    const char32_t c = utf8_decode(text, at, length);
    if (is_unprintable(c) && (c >= 0x80 || kept.find(static_cast<char>(c)) == std::string_view::npos))
      append_escaped(out, c);
    else
      out += text.substr(at, length);
    at += length;
  }
  return out;
}

}  // namespace rappel
