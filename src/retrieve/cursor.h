// Cursor: the text that names the next page of an answer. Opaque to callers, safe in a URL, and signed with a
// key of the process, so that nobody can make one up.
//
//   hex of: version (1 byte), answer (8), position (8), commit (8), SipHash-2-4 of these (8); big-endian
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/status.h"
#include "codec/sip_hash.h"

namespace rappel {

struct Cursor {
  std::uint64_t answer = 0;    // its number in answer_pages.h
  std::uint64_t position = 0;  // of the first result of the page
  std::int64_t commit = 0;     // of the state that the answer shows; -1: the store has no commits
  bool operator==(const Cursor&) const = default;
};

std::string cursor_text(const Cursor& cursor, const SipKey& key);
// kInvalidArgument: the text is not one of cursor_text() with this key.
Result<Cursor> parse_cursor(std::string_view text, const SipKey& key);

}  // namespace rappel
