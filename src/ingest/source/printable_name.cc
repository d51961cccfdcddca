#include "ingest/source/printable_name.h"

#include <fmt/format.h>

#include "base/utf8.h"

namespace rappel {

std::string printable_name(std::string_view name) {
  std::string out;
  for (std::size_t at = 0; at < name.size();) {
    const auto byte = static_cast<unsigned char>(name[at]);
    const std::size_t length = utf8_sequence(name, at);
    if (length == 0 || byte < 0x20 || byte == 0x7F) {
      out += fmt::format("%{:02X}", byte);
      ++at;
    } else {
      out += name.substr(at, length);
      at += length;
    }
  }
  return out;
}

}  // namespace rappel
