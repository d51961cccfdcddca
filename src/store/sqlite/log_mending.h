// Mends a write-ahead log whose chain of checksums breaks, where that can be done exactly: a single bit is
// found by trying, if no other bit would explain the checksum too, and a frame that is damaged as a whole
// does not matter when a later frame has the same page.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace rappel::sqlite {

struct MendedLog {
  std::string bytes;     // up to the last commit that could be saved, with a whole chain
  std::size_t frames;    // in it
  std::size_t repaired;  // frames that were damaged
};

// Nothing when the log is whole, or when mending would save no commit that SQLite's recovery would not find.
std::optional<MendedLog> mend_log(std::string_view log);

}  // namespace rappel::sqlite
