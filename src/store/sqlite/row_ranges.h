// The chunk rows of a document are one range, first_row .. first_row + chunk_count, so sets of chunks are row
// ranges.
#pragma once

#include <cstdint>
#include <vector>

#include "base/status.h"
#include "index/rows.h"

namespace rappel {
struct Filter;
}

namespace rappel::sqlite {

class Connection;

inline bool plausible(const RowRange& range) {
  return range.first >= 1 && range.count >= 1 && range.first < (std::int64_t{1} << 62) &&
         range.count < (std::int64_t{1} << 40);
}

// Ascending and disjoint, touching ones joined. kCorrupt when documents overlap.
Result<std::vector<RowRange>> all_row_ranges(Connection& db);
Result<std::vector<RowRange>> matching_row_ranges(Connection& db, const Filter& filter);

// The rows that table `removed` has for commits after this one, in no order. kCorrupt.
Result<std::vector<RowRange>> removed_row_ranges(Connection& db, std::int64_t after);

}  // namespace rappel::sqlite
