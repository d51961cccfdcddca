#include "store/sqlite/vector_cache.h"

#include <cstring>
#include <new>
#include <string>
#include <vector>

#include "store/sqlite/checksum.h"
#include "store/sqlite/connection.h"
#include "store/sqlite/row_ranges.h"
#include "store/sqlite/schema.h"

namespace rappel::sqlite {

Result<FlatIndex> VectorCache::begin_read(Connection& db, std::int64_t* commit) {
  std::lock_guard lock(mutex_);
  RAPPEL_TRY(db.exec("BEGIN"));
  const auto sync = [&]() -> Status {
    RAPPEL_ASSIGN(const State state, read_state(db));  // this read takes the snapshot
    return state.commit == commit_ ? Status() : advance(db, state);
  };
  Status synced;
  try {
    synced = sync();
    if (synced.ok()) {
      *commit = commit_;
      return index_;
    }
  } catch (const std::bad_alloc&) {  // the version before is whole, and the next reader tries again
    synced = Status(Code::kResourceExhausted, "no memory");
  }
  (void)db.exec("ROLLBACK");
  return synced;
}

Status VectorCache::advance(Connection& db, const State& state) {
  if (state.commit < commit_) return db.damaged("the commit number went back while the store was open");
  FlatIndexBuilder builder(index_);
  RAPPEL_TRY(apply_removals(db, state, builder));
  RAPPEL_TRY(append_new_rows(db, builder));
  FlatIndex next = std::move(builder).finish();
  if (static_cast<std::int64_t>(next.size()) != state.chunks)
    return db.damaged("there are " + std::to_string(next.size()) + " vectors for " +
                      std::to_string(state.chunks) + " chunks");
  index_ = std::move(next);
  commit_ = state.commit;
  next_row_ = state.next_row;
  return {};
}

Status VectorCache::apply_removals(Connection& db, const State& state, FlatIndexBuilder& builder) const {
  if (index_.size() == 0) return {};
  if (commit_ < state.log_floor) {
    RAPPEL_ASSIGN(const std::vector<RowRange> living, all_row_ranges(db));
    builder.retain_only(living);
    return {};
  }
  RAPPEL_ASSIGN(Statement select,
                db.prepare("SELECT first_row, row_count FROM removed WHERE commit_number > ?1"));
  select.bind(1, commit_);
  for (;;) {
    RAPPEL_ASSIGN(const bool row, select.step());
    if (!row) return {};
    const RowRange range{select.integer(0), select.integer(1)};
    if (!plausible(range)) return db.damaged("table removed holds an impossible range");
    builder.remove(range);
  }
}

Status VectorCache::append_new_rows(Connection& db, FlatIndexBuilder& builder) const {
  RAPPEL_ASSIGN(Statement select,
                db.prepare("SELECT row, dense, checksum FROM vectors WHERE row >= ?1 ORDER BY row"));
  select.bind(1, next_row_);
  std::vector<float> vector(static_cast<std::size_t>(dimension_));
  std::int64_t previous = next_row_ - 1;
  for (;;) {
    RAPPEL_ASSIGN(const bool more, select.step());
    if (!more) return {};
    const std::int64_t row = select.integer(0);
    const auto bytes = select.blob(1);
    if (row <= previous || bytes.size() != vector.size() * sizeof(float) ||
        Checksum().add(row).add(bytes).sum() != select.integer(2))
      return db.damaged("the vector of row " + std::to_string(row) + " is damaged");
    std::memcpy(vector.data(), bytes.data(), bytes.size());
    builder.append(row, vector);
    previous = row;
  }
}

}  // namespace rappel::sqlite
