// The checked VFS: a layer between SQLite and the default VFS that notices damaged pages when they are read.
//
// Pages of the database carry a seal (page_seal.h), which is written with each page and verified with each
// read. Pages of the write-ahead log are verified by the checksum of their frame, which SQLite itself looks
// at in recovery only. A mismatch is SQLITE_IOERR_DATA, and last_mismatch() names the place. Databases from
// before the seals (format versions 1 and 2) are passed through.
//
// Memory maps are not offered, so no read passes by. The layer uses whatever VFS is the default when a file
// is opened.
#pragma once

#include <cstddef>
#include <span>
#include <string>

namespace rappel::sqlite {

// The name for sqlite3_open_v2(); registers the layer at the first call. Null: no memory.
const char* checked_vfs();

constexpr std::size_t kDatabaseHeaderBytes = 100;
// Whether the pages of a database with this header carry seals.
bool is_sealed(std::span<const std::byte> header);

// A sqlite3_file_control() of an open database: its pages are read without a look at their seals.
constexpr int kIgnoreSeals = 0x5261;

// The page of this thread's last mismatch ("page 12"), empty if there was none since the last call.
std::string take_last_mismatch();

}  // namespace rappel::sqlite
