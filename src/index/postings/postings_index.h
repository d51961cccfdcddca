// PostingsIndex: the best rows by the sum of weight x impact over the terms of a query; exact, and equal on
// every machine (query_weights.h). Serves lexical weights of a model and BM25 (text/words/bm25.h) alike.
//
// A PostingsIndex is an immutable version: copies are cheap (they share blocks), and any number of threads
// may search it. A PostingsIndexBuilder makes the next version. New rows become small blocks, and blocks are
// merged with neighbours of similar size up to 65 536 rows (as in a log-structured merge tree), so a row is
// copied a logarithmic number of times, and a version has few blocks. Removed rows are marked in a bitmap of
// the new version; blocks are rewritten when more than a quarter of their rows is gone.
//
// At most one builder at a time, always started from the newest version. Searches may run at the same time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "index/postings/block_builder.h"
#include "index/postings/block_merge.h"
#include "index/postings/query_weights.h"
#include "index/rows.h"

namespace rappel {

class ThreadPool;

struct PostingsRequest {
  std::span<const WeightedTerm> query;
  std::size_t k = 0;
  // Restricts the search to these rows, ascending and disjoint; null: all rows.
  const std::span<const RowRange>* ranges = nullptr;
  ThreadPool* pool = nullptr;  // large indexes are searched on all its threads; null: on the calling thread
};

class PostingsIndex {
 public:
  // block_rows: other values are for tests.
  explicit PostingsIndex(std::size_t block_rows = PostingsBlock::kMostRows);

  std::size_t size() const { return size_; }
  // Whether a file could not be read since it was mapped: an answer may then lack rows.
  bool is_damaged() const;
  // Live rows in ascending order.
  std::vector<std::int64_t> rows() const;
  std::size_t bytes() const;
  const std::vector<BlockPart>& blocks() const { return blocks_; }

  // Live rows that have the term, for an idf. Microseconds, also for frequent terms.
  std::uint64_t rows_with(std::uint64_t term) const;

  // Live rows that have any of the terms: ascending, disjoint ranges; touching ones are joined.
  std::vector<RowRange> rows_with_any(std::span<const std::uint64_t> terms) const;

  // Visits the names of terms that begin with `prefix`; and those with at most `most` edits (name_edits.h). A
  // name may come several times, with several terms, and names of removed rows remain while their term does.
  using NameVisitor = std::function<void(std::string_view name, std::uint64_t term)>;
  void visit_names(std::string_view prefix, const NameVisitor& visit) const;
  void visit_similar_names(std::string_view name, int most, const NameVisitor& visit) const;

  // The k best rows that have a term of the query, best first, equal scores by ascending row.
  std::vector<RowScore> search(const PostingsRequest& request) const;

 private:
  friend class PostingsIndexBuilder;
  std::size_t block_rows_;
  std::size_t size_ = 0;
  std::vector<BlockPart> blocks_;  // ascending, disjoint ranges of rows; none is empty
};

class PostingsIndexBuilder {
 public:
  explicit PostingsIndexBuilder(PostingsIndex base) : next_(std::move(base)) {}

  // `row` is greater than every row appended before; BlockBuilder::add for the rest.
  void append(std::int64_t row, std::span<const TermImpact> entries, std::span<const TermName> names = {});
  // A block whose check() is ok, for instance of a file. Its rows are greater than those appended before.
  void append_block(std::shared_ptr<const PostingsBlock> block);
  // A part of another version; so too.
  void append_part(BlockPart part);
  // The same rows in another place. False, and nothing changes: the version has no such block any more.
  bool replace(const PostingsBlock& old, std::shared_ptr<const PostingsBlock> fresh);
  // Rows that are not live are ignored.
  void remove(RowRange range);
  // Removes every row outside `ranges`, which are ascending and disjoint.
  void retain_only(std::span<const RowRange> ranges);
  PostingsIndex finish() &&;

 private:
  void flush();
  void merge();

  PostingsIndex next_;
  BlockBuilder pending_;
};

}  // namespace rappel
