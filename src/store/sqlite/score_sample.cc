#include "store/sqlite/score_sample.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "store/sqlite/connection.h"
#include "store/sqlite/schema.h"
#include "store/sqlite/signal_search.h"

namespace rappel::sqlite {
Result<std::vector<RowScore>> spread_rows(Connection& db) {
  std::int64_t first = 0, last = -1;
  {
    // Both aggregates of one SELECT would read the whole table.
    RAPPEL_ASSIGN(Statement ends, db.prepare("SELECT (SELECT min(row) FROM chunks), "
                                             "(SELECT max(row) FROM chunks)"));
    RAPPEL_TRY(ends.step().status());
    if (ends.is_null(0)) return std::vector<RowScore>();
    first = ends.integer(0);
    last = ends.integer(1);
  }
  RAPPEL_ASSIGN(Statement next, db.prepare("SELECT row FROM chunks WHERE row >= ?1 ORDER BY row LIMIT 1"));
  constexpr auto kPlaces = static_cast<std::int64_t>(StoreReader::kSampleChunks);
  std::vector<RowScore> rows;
  for (std::int64_t i = 0; i < kPlaces; ++i) {
    const std::int64_t place =
        first + static_cast<std::int64_t>(double(last - first) * double(i) / double(kPlaces - 1));
    if (!rows.empty() && rows.back().row >= place) continue;
    RAPPEL_ASSIGN(const bool found, next.bind(1, std::min(place, last)).step());
    if (found) rows.push_back({next.integer(0), 0});
    RAPPEL_TRY(next.run());
  }
  return rows;
}

Result<std::optional<ScoreSample>> score_sample(Connection& db, SignalSearch& signals,
                                                const SearchSignal& signal) {
  RAPPEL_ASSIGN(std::vector<RowScore> rows, spread_rows(db));
  if (rows.empty()) return std::optional<ScoreSample>();
  RAPPEL_TRY(signals.score(db, signal, rows));
  RAPPEL_ASSIGN(const State state, read_state(db));
  ScoreSample sample{.chunks = rows.size(), .of = static_cast<std::size_t>(state.chunks)};
  for (const RowScore& row : rows) sample.mean += double{row.score} / double(rows.size());
  double squares = 0;
  for (const RowScore& row : rows) squares += (row.score - sample.mean) * (row.score - sample.mean);
  sample.deviation = std::sqrt(squares / double(rows.size()));
  return std::optional(sample);
}

}  // namespace rappel::sqlite
