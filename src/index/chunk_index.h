// ChunkIndex: one index for each signal by which chunks are found, of the same rows.
//
// An immutable version, as its parts are: copies are cheap, and any number of threads may search it. A
// ChunkIndexBuilder makes the next version; at most one at a time, always started from the newest one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>

#include "index/dense/dense_index.h"
#include "index/postings/postings_index.h"
#include "index/rows.h"

namespace rappel {

struct ChunkIndex {
  std::size_t size() const { return dense.size(); }
  // Whether a file could not be read since it was mapped.
  bool is_damaged() const { return dense.is_damaged() || words.is_damaged() || sparse.is_damaged(); }
  std::size_t bytes() const { return dense.bytes() + words.bytes() + sparse.bytes(); }

  DenseIndex dense;
  PostingsIndex words = PostingsIndex();   // BM25
  PostingsIndex sparse = PostingsIndex();  // weights of tokens, of the rows that have some
};

struct ChunkIndexBuilder {
  explicit ChunkIndexBuilder(ChunkIndex base)
      : dense(std::move(base.dense)), words(std::move(base.words)), sparse(std::move(base.sparse)) {}

  // As the parts' functions.
  void remove(RowRange range) {
    dense.remove(range);
    words.remove(range);
    sparse.remove(range);
  }
  void retain_only(std::span<const RowRange> ranges) {
    dense.retain_only(ranges);
    words.retain_only(ranges);
    sparse.retain_only(ranges);
  }
  ChunkIndex finish() && {
    return {std::move(dense).finish(), std::move(words).finish(), std::move(sparse).finish()};
  }

  DenseIndexBuilder dense;
  PostingsIndexBuilder words, sparse;
};

}  // namespace rappel
