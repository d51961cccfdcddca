#include "base/json_string.h"

#include <fmt/format.h>

#include <iterator>

#include "base/utf8.h"

namespace rappel {

void append_json_string(std::string& out, std::string_view text) {
  out.push_back('"');
  std::size_t clean = 0;  // start of the run not yet copied
  for (std::size_t i = 0; i < text.size();) {
    const auto c = static_cast<unsigned char>(text[i]);
    const std::size_t length = utf8_sequence(text, i);
    if (length > 0 && c >= 0x20 && c != '"' && c != '\\') {
      i += length;
      continue;
    }
    out.append(text, clean, i - clean);
    switch (c) {
      case '"': out += "\\\""; break;
      case '\\': out += "\\\\"; break;
      case '\n': out += "\\n"; break;
      case '\r': out += "\\r"; break;
      case '\t': out += "\\t"; break;
      case '\b': out += "\\b"; break;
      case '\f': out += "\\f"; break;
      default:
        if (c < 0x20)
          fmt::format_to(std::back_inserter(out), "\\u{:04x}", c);
        else
          utf8_append(out, 0xFFFD);
    }
    clean = ++i;
  }
  out.append(text, clean);
  out.push_back('"');
}

}  // namespace rappel
