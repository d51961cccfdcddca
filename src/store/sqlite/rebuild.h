// Rebuilds a damaged database: its documents and chunks, with their vectors and signals, are written into a
// new file, which makes indexes, custom values, languages, counts and free pages from them. The new file is
// verified, a copy of the damaged one is kept, and the new pages replace the old ones in one transaction of
// the database, as an upgrade does (sealed_copy.h). So the file stays the one that other processes may be
// waiting for, and a process that dies in the middle leaves the old state or the new one.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "base/status.h"

namespace rappel::sqlite {

// The file beside the database that a rebuild fills and removes. One that a crash left is overwritten.
std::filesystem::path rebuilt_file(const std::filesystem::path& database);

struct RebuildOptions {
  int busy_ms = 10000;
  bool drop_damaged = false;  // damaged documents are left out; else nothing is changed when there are any
  std::function<void(int step)> after_step = {};  // for tests: 1 written, 2 verified, 3 kept, 4 replaced
};

struct Rebuilt {
  std::vector<std::string> damaged;  // ids of documents that cannot be mended
  std::int64_t unnamed = 0;          // further ones, whose ids cannot be read
  std::int64_t documents = 0;        // in the new file
  std::filesystem::path kept;        // the copy of the damaged file; empty: nothing was changed
};

// After guard_commits(). kCorrupt: what is left does not suffice, and nothing was changed (survey.h).
// kUnavailable: another process has it open, or the disk is full. Needs four times the size of the database.
Result<Rebuilt> rebuild_database(const std::filesystem::path& database, const RebuildOptions& options);

}  // namespace rappel::sqlite
