#include "store/sqlite/index_version.h"

#include <fmt/format.h>

#include <string>

#include "index/dense/dense_segment.h"
#include "index/dense/kernels.h"
#include "store/sqlite/connection.h"
#include "store/sqlite/languages.h"
#include "store/sqlite/row_ranges.h"
#include "store/sqlite/schema.h"
#include "store/sqlite/stored_vectors.h"

namespace rappel::sqlite {
namespace {

// Rows of a file that are compared with the database, and the cosine that a row has at least with its code.
// They tell whether the file is of this database, and not of another one with the same rows. Histories differ
// from some row on, so the last row is one of them. Rows that are gone tell nothing.
constexpr std::size_t kCompared = 4;
constexpr float kSame = 0.9f;

// Vectors that a start reads from the database; it leaves more of them unread.
constexpr std::size_t kReadAtOnce = 16'384;

std::size_t compared_slot(std::size_t i, std::size_t rows) { return i * (rows - 1) / (kCompared - 1); }

Result<bool> is_of(Connection& db, const DenseIndex::Segment& segment) {
  const DenseCodec& codec = *segment.codes->codec();
  StoredVectors vectors(db, codec.dimension());
  for (std::size_t i = 0; i < kCompared; ++i) {
    const std::size_t slot = compared_slot(i, segment.count);
    RAPPEL_ASSIGN(const auto stored, vectors.read(segment.codes->rows()[slot]));
    if (!stored) continue;
    const std::vector<float> decoded =
        codec.decode(segment.codes->fine(slot), segment.codes->arrays().scale[slot]);
    if (dot(decoded, *stored) < kSame * dot(*stored, *stored)) return false;
  }
  return true;
}

Result<IndexVersion> checked(Connection& db, const State& state, ChunkIndex index) {
  const auto chunks = static_cast<std::size_t>(state.chunks);
  const auto weighted = static_cast<std::size_t>(state.weighted);
  if (index.dense.size() != chunks || index.words.size() != chunks || index.sparse.size() != weighted)
    return db.damaged(fmt::format(
        "there are {} vectors, {} texts and {} weights of tokens for {} chunks, {} of them with weights",
        index.dense.size(), index.words.size(), index.sparse.size(), chunks, weighted));
  RAPPEL_ASSIGN(std::vector<WordLanguage> languages, read_languages(db));
  return IndexVersion{std::move(index), std::move(languages), state.commit, state.next_row};
}

// Rows that were removed after the commit.
Status remove_rows(Connection& db, const State& state, std::int64_t after, ChunkIndexBuilder& builder) {
  if (after < state.log_floor) {
    RAPPEL_ASSIGN(const std::vector<RowRange> living, all_row_ranges(db));
    builder.retain_only(living);
    return {};
  }
  RAPPEL_ASSIGN(const std::vector<RowRange> removed, removed_row_ranges(db, after));
  for (const RowRange& range : removed) builder.remove(range);
  return {};
}

}  // namespace

Result<IndexVersion> IndexMaker::advance(Connection& db, const State& state, const IndexVersion& base) const {
  ChunkIndexBuilder builder(base.index);
  if (base.index.size() > 0) RAPPEL_TRY(remove_rows(db, state, base.commit, builder));
  RAPPEL_TRY(rows(db).append_vectors(base.next_row, state.next_row, dimension_, builder.dense));
  RAPPEL_TRY(rows(db).append_words(base.next_row, state.next_row, builder.words));
  RAPPEL_TRY(rows(db).append_sparse(base.next_row, state.next_row, builder.sparse));
  ChunkIndex next = std::move(builder).finish();
  if (base.index.is_damaged())  // what was merged may be wrong
    return Status(Code::kUnavailable, "a file of the index cannot be read");
  return checked(db, state, std::move(next));
}

Result<IndexVersion> IndexMaker::load(Connection& db, const State& state) const {
  if (const auto manifest = folder_ == nullptr ? std::nullopt : folder_->manifest();
      manifest && manifest->commit <= state.commit && manifest->next_row <= state.next_row) {
    RAPPEL_ASSIGN(DenseIndex vectors, load_vectors(db, *manifest, state.next_row));
    RAPPEL_ASSIGN(PostingsIndex words, load_postings(db, PostingsKind::kWords, *manifest, state.next_row));
    RAPPEL_ASSIGN(PostingsIndex sparse, load_postings(db, PostingsKind::kSparse, *manifest, state.next_row));
    ChunkIndexBuilder builder{{std::move(vectors), std::move(words), std::move(sparse)}};
    RAPPEL_ASSIGN(const std::vector<RowRange> living, all_row_ranges(db));
    builder.retain_only(living);
    auto version = checked(db, state, std::move(builder).finish());
    if (version.ok() && !version->index.is_damaged()) return version;
    // A file lacked rows, and the database decides alone.
  }
  ChunkIndexBuilder builder{{DenseIndex(dimension_)}};
  RAPPEL_TRY(add_vectors(db, 1, state.next_row, builder.dense));
  RAPPEL_TRY(rows(db).append_words(1, state.next_row, builder.words));
  RAPPEL_TRY(rows(db).append_sparse(1, state.next_row, builder.sparse));
  return checked(db, state, std::move(builder).finish());
}

// Rows that no file has.
Status IndexMaker::add_vectors(Connection& db, std::int64_t begin, std::int64_t end,
                               DenseIndexBuilder& to) const {
  const RowRange all{begin, end - begin};
  if (folder_ != nullptr && all.count > static_cast<std::int64_t>(kReadAtOnce)) {
    RAPPEL_ASSIGN(const std::vector<RowRange> living, all_row_ranges(db));
    const std::vector<std::int64_t> lost = rows_of(intersection(living, std::span(&all, 1)));
    if (lost.size() > kReadAtOnce) {
      to.adopt_unread(lost);
      return {};
    }
  }
  return rows(db).append_vectors(begin, end, dimension_, to);
}

Result<DenseIndex> IndexMaker::without_damage(Connection& db, const DenseIndex& vectors) const {
  RAPPEL_ASSIGN(const std::vector<RowRange> living, all_row_ranges(db));
  const std::size_t damaged = vectors.damaged_segments();
  DenseIndexBuilder builder(vectors);
  builder.forget_damaged(living);
  DenseIndex next = std::move(builder).finish();
  if (vectors.damaged_segments() != damaged)  // what was merged may be wrong
    return Status(Code::kUnavailable, "a file of the index cannot be read");
  return next;
}

Result<DenseIndex> IndexMaker::load_vectors(Connection& db, const IndexManifest& manifest,
                                            std::int64_t end) const {
  DenseIndexBuilder builder{DenseIndex(dimension_)};
  std::int64_t next = 1;
  if (const auto codec = folder_->load_codec(manifest.codec); codec.ok()) {
    builder.set_codec(*codec);
    for (const IndexManifest::File& file : manifest.segments) {
      const auto segment = folder_->load(file);
      if (!segment.ok()) continue;
      RAPPEL_ASSIGN(const bool same, sqlite::is_of(db, *segment));
      if (!same) continue;
      RAPPEL_TRY(add_vectors(db, next, file.first, builder));
      builder.adopt(*segment);
      next = file.last + 1;
    }
  }
  RAPPEL_TRY(add_vectors(db, next, end, builder));
  return std::move(builder).finish();
}

Result<PostingsIndex> IndexMaker::load_postings(Connection& db, PostingsKind kind,
                                                const IndexManifest& manifest, std::int64_t end) const {
  PostingsIndexBuilder builder{PostingsIndex()};
  std::int64_t next = 1;
  for (const IndexManifest::File& file : manifest.postings(kind)) {
    const auto block = folder_->load(kind, file);
    if (!block.ok()) continue;
    RAPPEL_ASSIGN(const bool same, is_of(db, kind, **block));
    if (!same) continue;
    RAPPEL_TRY(rows(db).append(kind, next, file.first, builder));
    builder.append_block(*block);
    next = file.last + 1;
  }
  RAPPEL_TRY(rows(db).append(kind, next, end, builder));
  return std::move(builder).finish();
}

Result<bool> IndexMaker::is_of(Connection& db, PostingsKind kind, const PostingsBlock& block) const {
  for (std::size_t i = 0; i < kCompared; ++i) {
    const std::size_t slot = compared_slot(i, block.rows().size());
    RAPPEL_ASSIGN(const auto terms, rows(db).terms_of(kind, block.rows()[slot]));
    for (const TermImpact& term : terms)
      if (block.impact(term.term, slot) != term.impact) return false;
  }
  return true;
}

Result<PostingsIndex> IndexMaker::repaired(Connection& db, PostingsKind kind,
                                           const PostingsIndex& index) const {
  PostingsIndexBuilder builder{PostingsIndex()};
  for (const BlockPart& part : index.blocks()) {
    if (!part.block->is_damaged()) {
      builder.append_part(part);
      continue;
    }
    const RowRange span = part.block->span();
    RAPPEL_TRY(rows(db).append(kind, span.first, span.first + span.count, builder));
  }
  return std::move(builder).finish();
}

}  // namespace rappel::sqlite
