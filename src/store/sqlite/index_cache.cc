#include "store/sqlite/index_cache.h"

#include <new>
#include <string>
#include <vector>

#include "index/dense/dense_segment.h"
#include "index/dense/kernels.h"
#include "store/sqlite/connection.h"
#include "store/sqlite/index_rows.h"
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

Result<IndexCache::Version> IndexCache::begin_read(Connection& db) {
  std::lock_guard lock(mutex_);
  RAPPEL_TRY(db.exec("BEGIN"));
  const auto sync = [&]() -> Status {
    RAPPEL_ASSIGN(const State state, read_state(db));  // this read takes the snapshot
    if (!loaded_ || newest_.index.dense.is_damaged()) {
      RAPPEL_TRY(load(db, state));
      loaded_ = true;
      return {};
    }
    return state.commit == newest_.commit ? Status() : advance(db, state);
  };
  Status synced;
  try {
    synced = sync();
    if (synced.ok()) return newest_;
  } catch (const std::bad_alloc&) {  // the version before is whole, and the next reader tries again
    synced = Status(Code::kResourceExhausted, "no memory");
  }
  (void)db.exec("ROLLBACK");
  return synced;
}

IndexCache::Version IndexCache::newest() const {
  std::lock_guard lock(mutex_);
  return newest_;
}

void IndexCache::change(const std::function<void(ChunkIndexBuilder&)>& change) {
  std::lock_guard lock(mutex_);
  ChunkIndexBuilder builder(newest_.index);
  change(builder);
  newest_.index = std::move(builder).finish();
}

// Files that cannot be used, and rows that they lack, are read from the database.
Status IndexCache::load(Connection& db, const State& state) {
  IndexRows rows(db, cutters_, pool_);
  PostingsIndexBuilder words{PostingsIndex()};
  WordLanguages languages;
  RAPPEL_TRY(rows.append_words(1, state.next_row, words, languages));
  const PostingsIndex all_words = std::move(words).finish();
  if (const auto manifest = folder_ == nullptr ? std::nullopt : folder_->manifest();
      manifest && manifest->commit <= state.commit && manifest->next_row <= state.next_row) {
    ChunkIndexBuilder builder{{DenseIndex(dimension_), all_words}};
    RAPPEL_ASSIGN(const std::int64_t next, adopt_files(db, *manifest, builder.dense));
    RAPPEL_TRY(rows.append_vectors(next, state.next_row, dimension_, builder.dense));
    RAPPEL_ASSIGN(const std::vector<RowRange> living, all_row_ranges(db));
    builder.retain_only(living);
    // Otherwise a file lacked rows, and the database decides alone.
    if (take(db, state, std::move(builder), languages).ok()) return {};
  }
  ChunkIndexBuilder builder{{DenseIndex(dimension_), all_words}};
  RAPPEL_TRY(rows.append_vectors(1, state.next_row, dimension_, builder.dense));
  return take(db, state, std::move(builder), std::move(languages));
}

// Returns the first row that the files lack.
Result<std::int64_t> IndexCache::adopt_files(Connection& db, const IndexManifest& manifest,
                                             DenseIndexBuilder& builder) {
  std::int64_t next = 1;
  const auto codec = folder_->load_codec(manifest.codec);
  if (!codec.ok()) return next;
  builder.set_codec(*codec);
  IndexRows rows(db, cutters_, pool_);
  for (const IndexManifest::File& file : manifest.segments) {
    const auto segment = folder_->load(file);
    if (!segment.ok()) continue;
    RAPPEL_ASSIGN(const bool same, is_of(db, *segment));
    if (!same) continue;
    RAPPEL_TRY(rows.append_vectors(next, file.first, dimension_, builder));
    builder.adopt(*segment);
    next = file.last + 1;
  }
  return next;
}

Status IndexCache::advance(Connection& db, const State& state) {
  if (state.commit < newest_.commit)
    return db.damaged("the commit number went back while the store was open");
  ChunkIndexBuilder builder(newest_.index);
  WordLanguages languages = newest_.languages;
  RAPPEL_TRY(apply_removals(db, state, builder));
  IndexRows rows(db, cutters_, pool_);
  RAPPEL_TRY(rows.append_vectors(newest_.next_row, state.next_row, dimension_, builder.dense));
  RAPPEL_TRY(rows.append_words(newest_.next_row, state.next_row, builder.words, languages));
  return take(db, state, std::move(builder), std::move(languages));
}

Status IndexCache::take(Connection& db, const State& state, ChunkIndexBuilder builder,
                        WordLanguages languages) {
  ChunkIndex next = std::move(builder).finish();
  const auto chunks = static_cast<std::size_t>(state.chunks);
  if (next.dense.size() != chunks || next.words.size() != chunks)
    return db.damaged("there are " + std::to_string(next.dense.size()) + " vectors and " +
                      std::to_string(next.words.size()) + " texts for " + std::to_string(chunks) + " chunks");
  newest_ = {std::move(next), std::move(languages), state.commit, state.next_row};
  return {};
}

Status IndexCache::apply_removals(Connection& db, const State& state, ChunkIndexBuilder& builder) const {
  if (newest_.index.size() == 0) return {};
  if (newest_.commit < state.log_floor) {
    RAPPEL_ASSIGN(const std::vector<RowRange> living, all_row_ranges(db));
    builder.retain_only(living);
    return {};
  }
  RAPPEL_ASSIGN(Statement select,
                db.prepare("SELECT first_row, row_count FROM removed WHERE commit_number > ?1"));
  select.bind(1, newest_.commit);
  for (;;) {
    RAPPEL_ASSIGN(const bool row, select.step());
    if (!row) return {};
    const RowRange range{select.integer(0), select.integer(1)};
    if (!plausible(range)) return db.damaged("table removed holds an impossible range");
    builder.remove(range);
  }
}

}  // namespace rappel::sqlite
