// FlatIndex: exact search over vectors of one dimension, stored under ascending row numbers.
//
// A FlatIndex is an immutable version: copies are cheap (they share segments), and any number of threads may
// search it. A FlatIndexBuilder makes the next version and copies only small bookkeeping. New rows go into
// the free tail of the last segment, after the slots that older versions read. Removed rows are marked in a
// bitmap of the new version. Neighbouring segments are merged when their live rows fit into one segment.
// Memory therefore stays below twice that of the live vectors, plus one segment, plus what older versions
// keep alive.
//
// At most one builder at a time, always started from the newest version. Searches may run at the same time.
//
// Scores are dot products in float32 (cosine similarity for unit vectors), best first, equal scores by
// ascending row. A row's score does not depend on threads, on segments or on other rows.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "index/rows.h"

namespace rappel {

class ThreadPool;

class FlatIndex {
 public:
  // segment_rows: 0 chooses segments of about 4 MiB; other values are for tests.
  explicit FlatIndex(int dimension, std::size_t segment_rows = 0);

  int dimension() const { return dimension_; }
  std::size_t size() const { return size_; }

  // The k best rows. `query` has `dimension` finite values. With a pool, large scans run on all
  // its threads; null scans on the calling thread.
  std::vector<RowScore> search(std::span<const float> query, std::size_t k, ThreadPool* pool = nullptr) const;
  // The same, restricted to the rows of `ranges`, which are ascending and disjoint.
  std::vector<RowScore> search_within(std::span<const float> query, std::size_t k,
                                      std::span<const RowRange> ranges, ThreadPool* pool = nullptr) const;
  // Live rows in ascending order.
  std::vector<std::int64_t> rows() const;

 private:
  friend class FlatIndexBuilder;
  struct Segment;
  // The part of a segment that a version reads: its first `count` slots except the dead ones.
  struct View {
    std::shared_ptr<Segment> segment;
    std::size_t count = 0;
    std::size_t live = 0;
    std::shared_ptr<const std::vector<std::uint64_t>> dead;  // one bit per slot; null: no dead slot
  };
  class TopK;

  void scan(const View& view, std::size_t begin, std::size_t end, const float* query, TopK& top) const;
  std::vector<RowScore> search_views(std::span<const float> query, std::size_t k,
                                     const std::span<const RowRange>* ranges, ThreadPool* pool) const;

  int dimension_;
  std::size_t stride_;
  std::size_t segment_rows_;
  std::size_t size_ = 0;
  std::vector<View> views_;  // ascending, disjoint ranges of rows
};

class FlatIndexBuilder {
 public:
  explicit FlatIndexBuilder(FlatIndex base) : next_(std::move(base)) {}

  // `row` must be greater than every row appended before; `vector` has `dimension` values.
  void append(std::int64_t row, std::span<const float> vector);
  // Rows that are not live are ignored.
  void remove(RowRange range);
  // Removes every row outside `ranges`, which are ascending and disjoint.
  void retain_only(std::span<const RowRange> ranges);
  FlatIndex finish() &&;

 private:
  void mark_dead(FlatIndex::View& view, std::size_t begin, std::size_t end);
  void merge_neighbours();
  FlatIndex::View merged(const FlatIndex::View& a, const FlatIndex::View& b) const;

  FlatIndex next_;
};

}  // namespace rappel
