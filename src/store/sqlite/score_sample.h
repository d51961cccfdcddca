// The scores of chunks that are spread evenly over the store (StoreReader::sample()).
#pragma once

#include <optional>

#include "base/status.h"
#include "store/snapshot_store.h"

namespace rappel::sqlite {

class Connection;
class SignalSearch;

// In the snapshot of the connection's transaction, which is that of `signals`. Nothing: no chunks.
Result<std::optional<ScoreSample>> score_sample(Connection& db, SignalSearch& signals,
                                                const SearchSignal& signal);

}  // namespace rappel::sqlite
