// Rewrites the rows of a store before version 6: vectors become float16 and chunks get their language.
// Every row is read with its checksum, so damage is found and not sealed.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/status.h"

namespace rappel::sqlite {

class Connection;

// The tables and columns of version 6 are there.
Status rewrite_for_version_six(Connection& db);

// A vector of an older store. kCorrupt: these are not `dimension` float32.
Result<std::vector<std::uint16_t>> narrow_stored(Connection& db, std::span<const std::byte> floats,
                                                 int dimension);

}  // namespace rappel::sqlite
