// Documents for tests of atomicity: pair p at version v is two documents, always replaced together, of which
// every chunk tells p, v, its number and how many there are. A reader can tell a mixture from a state that
// was.
//
// Version 0 means absent; every 7th version is absent too (its writer removes the pair).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "store/snapshot_store.h"

namespace rappel {

inline bool is_absent(std::int64_t version) { return version % 7 == 0; }
std::string pair_id(int pair, int member);  // member 0 or 1
std::vector<NewDocument> versioned_pair(int pair, std::int64_t version, int dimension);
Status write_pair(DocumentStore& store, int pair, std::int64_t version, int dimension);

// The version of the pair in this snapshot, -1 when it is absent. kInternal says what contradicts: chunks of
// different versions, a missing chunk, words or vectors that do not belong to the chunks.
Result<std::int64_t> read_pair(StoreReader& reader, int pair, int dimension);

}  // namespace rappel
