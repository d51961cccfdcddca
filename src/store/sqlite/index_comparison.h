// Compares indexes with their tables, and counts with rows. Checksums show that bytes changed; this also
// shows an index page that is older than the others, although its bytes are whole.
#pragma once

#include <cstdint>

#include "base/status.h"

namespace rappel::sqlite {

class Connection;

// In the snapshot of the connection's transaction. kCorrupt: an index or a count does not agree. Reads the
// rows of the documents and of their metadata, no texts and no vectors (docs/storage.md has the time).
Status compare_indexes(Connection& db);

// kCorrupt, with the part's name and both numbers, unless they are equal.
Status expect_count(Connection& db, const char* part, std::int64_t found, std::int64_t expected);

}  // namespace rappel::sqlite
