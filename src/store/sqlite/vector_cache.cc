#include "store/sqlite/vector_cache.h"

#include <new>
#include <string>
#include <vector>

#include "index/dense/dense_segment.h"
#include "index/dense/kernels.h"
#include "store/sqlite/connection.h"
#include "store/sqlite/row_ranges.h"
#include "store/sqlite/schema.h"
#include "store/sqlite/stored_vectors.h"

namespace rappel::sqlite {
namespace {

// Vectors that are handed to the index together.
constexpr std::size_t kBatchRows = 256;
// Rows of a file that are compared with the database, and the cosine that a row has at least with its code.
constexpr std::size_t kCompared = 4;
constexpr float kSame = 0.9f;

float dot(std::span<const float> a, std::span<const float> b) {
  float product = 0;
  project_rows(a.data(), 1, b.data(), 1, a.size(), &product);
  return product;
}

// Whether the segment is of this database, and not of another one with the same rows. Rows that are gone tell
// nothing.
Result<bool> is_of(Connection& db, const DenseIndex::Segment& segment) {
  const DenseCodec& codec = *segment.codes->codec();
  StoredVectors vectors(db, codec.dimension());
  for (std::size_t i = 0; i < kCompared; ++i) {
    const std::size_t slot = i * (segment.count - 1) / (kCompared - 1);
    RAPPEL_ASSIGN(const auto stored, vectors.read(segment.codes->rows()[slot]));
    if (!stored) continue;
    const std::vector<float> decoded =
        codec.decode(segment.codes->fine(slot), segment.codes->arrays().scale[slot]);
    if (dot(decoded, *stored) < kSame * dot(*stored, *stored)) return false;
  }
  return true;
}

}  // namespace

Result<DenseIndex> VectorCache::begin_read(Connection& db, std::int64_t* commit) {
  std::lock_guard lock(mutex_);
  RAPPEL_TRY(db.exec("BEGIN"));
  const auto sync = [&]() -> Status {
    RAPPEL_ASSIGN(const State state, read_state(db));  // this read takes the snapshot
    if (!loaded_ || index_.is_damaged()) {
      RAPPEL_TRY(load(db, state));
      loaded_ = true;
      return {};
    }
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

VectorCache::Version VectorCache::newest() const {
  std::lock_guard lock(mutex_);
  return {index_, commit_, next_row_};
}

void VectorCache::change(const std::function<void(DenseIndexBuilder&)>& change) {
  std::lock_guard lock(mutex_);
  DenseIndexBuilder builder(index_);
  change(builder);
  index_ = std::move(builder).finish();
}

// Files that cannot be used, and rows that they lack, are read from the database.
Status VectorCache::load(Connection& db, const State& state) {
  if (const auto manifest = folder_ == nullptr ? std::nullopt : folder_->manifest();
      manifest && manifest->commit <= state.commit && manifest->next_row <= state.next_row) {
    DenseIndexBuilder builder{DenseIndex(dimension_)};
    std::int64_t next = 1;
    RAPPEL_TRY(adopt_files(db, *manifest, builder, &next));
    RAPPEL_TRY(append_rows(db, next, state.next_row, builder));
    RAPPEL_ASSIGN(const std::vector<RowRange> living, all_row_ranges(db));
    builder.retain_only(living);
    // Otherwise a file lacked rows, and the database decides alone.
    if (take(db, state, std::move(builder)).ok()) return {};
  }
  DenseIndexBuilder builder{DenseIndex(dimension_)};
  RAPPEL_TRY(append_rows(db, 1, state.next_row, builder));
  return take(db, state, std::move(builder));
}

Status VectorCache::adopt_files(Connection& db, const IndexManifest& manifest, DenseIndexBuilder& builder,
                                std::int64_t* next) {
  const auto codec = folder_->load_codec(manifest.codec);
  if (!codec.ok()) return {};
  builder.set_codec(*codec);
  for (const IndexManifest::File& file : manifest.segments) {
    const auto segment = folder_->load(file);
    if (!segment.ok()) continue;
    RAPPEL_ASSIGN(const bool same, is_of(db, *segment));
    if (!same) continue;
    RAPPEL_TRY(append_rows(db, *next, file.first, builder));
    builder.adopt(*segment);
    *next = file.last + 1;
  }
  return {};
}

Status VectorCache::advance(Connection& db, const State& state) {
  if (state.commit < commit_) return db.damaged("the commit number went back while the store was open");
  DenseIndexBuilder builder(index_);
  RAPPEL_TRY(apply_removals(db, state, builder));
  RAPPEL_TRY(append_rows(db, next_row_, state.next_row, builder));
  return take(db, state, std::move(builder));
}

Status VectorCache::take(Connection& db, const State& state, DenseIndexBuilder builder) {
  DenseIndex next = std::move(builder).finish();
  if (static_cast<std::int64_t>(next.size()) != state.chunks)
    return db.damaged("there are " + std::to_string(next.size()) + " vectors for " +
                      std::to_string(state.chunks) + " chunks");
  index_ = std::move(next);
  commit_ = state.commit;
  next_row_ = state.next_row;
  return {};
}

Status VectorCache::apply_removals(Connection& db, const State& state, DenseIndexBuilder& builder) const {
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

// The rows from `begin` on, below `end`.
Status VectorCache::append_rows(Connection& db, std::int64_t begin, std::int64_t end,
                                DenseIndexBuilder& builder) const {
  if (begin >= end) return {};
  RAPPEL_ASSIGN(Statement select,
                db.prepare("SELECT row, dense, checksum FROM vectors WHERE row >= ?1 AND row < ?2 "
                           "ORDER BY row"));
  select.bind(1, begin).bind(2, end);
  const auto d = static_cast<std::size_t>(dimension_);
  std::vector<std::int64_t> rows;
  std::vector<float> vectors(kBatchRows * d);
  std::int64_t previous = begin - 1;
  for (bool more = true; more;) {
    RAPPEL_ASSIGN(more, select.step());
    if (more) {
      const std::int64_t row = select.integer(0);
      if (row <= previous) return db.damaged("the rows of table vectors do not ascend");
      RAPPEL_TRY(read_vector(db, select, std::span<float>(vectors).subspan(rows.size() * d, d)));
      rows.push_back(previous = row);
    }
    if (rows.empty() || (more && rows.size() < kBatchRows)) continue;
    builder.append(rows, std::span<const float>(vectors).first(rows.size() * d));
    rows.clear();
  }
  return {};
}

}  // namespace rappel::sqlite
