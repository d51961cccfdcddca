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

Result<IndexCache::Version> checked(Connection& db, const State& state, ChunkIndexBuilder builder,
                                    WordLanguages languages) {
  ChunkIndex index = std::move(builder).finish();
  const auto chunks = static_cast<std::size_t>(state.chunks);
  if (index.dense.size() != chunks || index.words.size() != chunks)
    return db.damaged("there are " + std::to_string(index.dense.size()) + " vectors and " +
                      std::to_string(index.words.size()) + " texts for " + std::to_string(chunks) +
                      " chunks");
  return IndexCache::Version{std::move(index), std::move(languages), state.commit, state.next_row};
}

// Rows that were removed after the commit.
Status remove_rows(Connection& db, const State& state, std::int64_t after, ChunkIndexBuilder& builder) {
  if (after < state.log_floor) {
    RAPPEL_ASSIGN(const std::vector<RowRange> living, all_row_ranges(db));
    builder.retain_only(living);
    return {};
  }
  RAPPEL_ASSIGN(Statement select,
                db.prepare("SELECT first_row, row_count FROM removed WHERE commit_number > ?1"));
  select.bind(1, after);
  for (;;) {
    RAPPEL_ASSIGN(const bool row, select.step());
    if (!row) return {};
    const RowRange range{select.integer(0), select.integer(1)};
    if (!plausible(range)) return db.damaged("table removed holds an impossible range");
    builder.remove(range);
  }
}

// For work that a lack of memory may end: what was there before is whole, and the next call tries again.
template <class Work>
auto with_memory(const Work& work) -> decltype(work()) {
  try {
    return work();
  } catch (const std::bad_alloc&) {
    return Status(Code::kResourceExhausted, "no memory");
  }
}

}  // namespace

// An open read transaction, with its version if that is there.
struct IndexCache::Begun {
  State state;
  std::optional<Version> version;
};

Result<IndexCache::Version> IndexCache::begin_read(Connection& db) {
  for (;;) {
    const auto attempt = [&]() -> Result<std::optional<Version>> {
      RAPPEL_ASSIGN(Begun begun, begin(db));
      if (begun.version) return std::move(begun.version);
      return catch_up(db, begun.state);
    };
    auto version = with_memory(attempt);
    if (version.ok() && *version) return std::move(**version);
    (void)db.exec("ROLLBACK");
    if (!version.ok()) return version.status();
  }
}

// Under the mutex, so that no version is published between the snapshot and the look at the newest one.
Result<IndexCache::Begun> IndexCache::begin(Connection& db) const {
  const std::lock_guard lock(mutex_);
  RAPPEL_TRY(db.exec("BEGIN"));
  RAPPEL_ASSIGN(const State state, read_state(db));  // this read takes the snapshot
  if (newest_.commit > state.commit)
    return db.damaged("the commit number went back while the store was open");
  if (newest_.commit < state.commit || newest_.index.dense.is_damaged()) return Begun{state, std::nullopt};
  return Begun{state, newest_};
}

// Nothing if a later version came meanwhile.
Result<std::optional<IndexCache::Version>> IndexCache::catch_up(Connection& db, const State& state) {
  const std::lock_guard lock(building_);
  const Version base = newest();
  if (base.commit > state.commit) return std::optional<Version>();
  const bool usable = base.commit >= 0 && !base.index.dense.is_damaged();
  if (usable && base.commit == state.commit) return std::optional(base);
  RAPPEL_ASSIGN(Version next, usable ? advanced(db, state, base) : loaded(db, state));
  publish(next);
  return std::optional(std::move(next));
}

Status IndexCache::commit(Connection& db) {
  const std::lock_guard lock(building_);
  std::optional<Version> next = prepared(db);
  RAPPEL_TRY(db.exec("COMMIT"));
  if (next) publish(std::move(*next));
  return {};
}

// The version of the state that the transaction leads to; nothing if it cannot be made: a reader will try.
std::optional<IndexCache::Version> IndexCache::prepared(Connection& db) {
  const Version base = newest();
  if (base.commit < 0 || base.index.dense.is_damaged()) return std::nullopt;
  auto next = with_memory([&]() -> Result<Version> {
    RAPPEL_ASSIGN(const State state, read_state(db));
    return advanced(db, state, base);
  });
  if (!next.ok()) return std::nullopt;
  return std::move(*next);
}

void IndexCache::publish(Version version) {
  const std::lock_guard lock(mutex_);
  std::swap(newest_, version);
}

IndexCache::Version IndexCache::newest() const {
  const std::lock_guard lock(mutex_);
  return newest_;
}

void IndexCache::change(const std::function<void(ChunkIndexBuilder&)>& change) {
  const std::lock_guard lock(building_);
  Version version = newest();
  ChunkIndexBuilder builder(version.index);
  change(builder);
  version.index = std::move(builder).finish();
  publish(std::move(version));
}

Result<IndexCache::Version> IndexCache::advanced(Connection& db, const State& state, const Version& base) {
  ChunkIndexBuilder builder(base.index);
  WordLanguages languages = base.languages;
  if (base.index.size() > 0) RAPPEL_TRY(remove_rows(db, state, base.commit, builder));
  IndexRows rows(db, cutters_, pool_);
  RAPPEL_TRY(rows.append_vectors(base.next_row, state.next_row, dimension_, builder.dense));
  RAPPEL_TRY(rows.append_words(base.next_row, state.next_row, builder.words, languages));
  return checked(db, state, std::move(builder), std::move(languages));
}

// Files that cannot be used, and rows that they lack, are read from the database.
Result<IndexCache::Version> IndexCache::loaded(Connection& db, const State& state) {
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
    auto version = checked(db, state, std::move(builder), languages);
    if (version.ok()) return version;
    // A file lacked rows, and the database decides alone.
  }
  ChunkIndexBuilder builder{{DenseIndex(dimension_), all_words}};
  RAPPEL_TRY(rows.append_vectors(1, state.next_row, dimension_, builder.dense));
  return checked(db, state, std::move(builder), std::move(languages));
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

}  // namespace rappel::sqlite
