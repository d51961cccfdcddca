// The scores of chunks that are spread evenly over the store (StoreReader::sample()).
#pragma once

#include <optional>
#include <vector>

#include "base/status.h"
#include "index/rows.h"
#include "store/snapshot_store.h"

namespace rappel::sqlite {

class Connection;
class SignalSearch;

// The first row of table chunks at or after each of kSampleChunks places between the first row and the last,
// with score 0. Its time does not depend on the number of rows.
Result<std::vector<RowScore>> spread_rows(Connection& db);

// In the snapshot of the connection's transaction, which is that of `signals`. Nothing: no chunks.
Result<std::optional<ScoreSample>> score_sample(Connection& db, SignalSearch& signals,
                                                const SearchSignal& signal);

}  // namespace rappel::sqlite
