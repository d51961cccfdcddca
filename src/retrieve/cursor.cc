#include "retrieve/cursor.h"

namespace rappel {
namespace {

constexpr std::uint8_t kVersion = 1;
constexpr std::size_t kWords = 3, kSigned = 2 * (1 + 8 * kWords), kLength = kSigned + 16;

void append_hex(std::string& out, std::uint64_t value, int bytes) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  for (int shift = 8 * bytes - 4; shift >= 0; shift -= 4) out += kDigits[value >> shift & 15];
}

std::uint64_t read_hex(std::string_view digits) {
  std::uint64_t value = 0;
  for (const char c : digits) value = value << 4 | static_cast<unsigned>(c <= '9' ? c - '0' : c - 'a' + 10);
  return value;
}

}  // namespace

std::string cursor_text(const Cursor& cursor, const SipKey& key) {
  std::string text;
  append_hex(text, kVersion, 1);
  append_hex(text, cursor.answer, 8);
  append_hex(text, cursor.position, 8);
  append_hex(text, static_cast<std::uint64_t>(cursor.commit), 8);
  append_hex(text, sip_hash(key, text), 8);
  return text;
}

Result<Cursor> parse_cursor(std::string_view text, const SipKey& key) {
  const bool is_hex = text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
  if (!is_hex || text.size() != kLength || read_hex(text.substr(0, 2)) != kVersion ||
      read_hex(text.substr(kSigned)) != sip_hash(key, text.substr(0, kSigned)))
    return Status(Code::kInvalidArgument,
                  "the cursor is not one of this server since its start; ask for the first page again");
  return Cursor{read_hex(text.substr(2, 16)), read_hex(text.substr(18, 16)),
                static_cast<std::int64_t>(read_hex(text.substr(34, 16)))};
}

}  // namespace rappel
