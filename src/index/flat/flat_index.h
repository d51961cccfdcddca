// FlatIndex: vectors of one dimension under ascending row numbers, searched exactly.
//
// A FlatIndex is an immutable version: copying it is cheap (it shares its segments), and any number of
// threads may search it. The next version is made by a FlatIndexBuilder, which copies nothing but small
// bookkeeping: new rows go into the free tail of the last segment, behind what older versions look at;
// removed rows are marked in a bitmap of the new version; neighbouring segments are merged when their living
// rows fit into one. So memory stays below twice that of the living vectors (plus one segment, plus what
// older versions that are still held keep alive).
//
// One builder at a time per family of versions, always begun from the newest version; searching meanwhile is
// fine.
//
// Scores are dot products in float32 (cosine similarity for unit vectors), best first, equal scores by
// ascending row. A row's score does not depend on threads, on segments or on other rows.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace rappel {

class ThreadPool;

// `count` rows from `first` on.
struct RowRange {
  std::int64_t first = 0;
  std::int64_t count = 0;
};

struct RowScore {
  std::int64_t row = 0;
  float score = 0;
  friend bool operator==(const RowScore&, const RowScore&) = default;
};

class FlatIndex {
 public:
  // segment_rows: 0 chooses segments of about 4 MiB; other values are for tests.
  explicit FlatIndex(int dimension, std::size_t segment_rows = 0);

  int dimension() const { return dimension_; }
  std::size_t size() const { return size_; }
  // Bytes of all segments, dead rows and free tails included.
  std::size_t memory_bytes() const;

  // The k best rows. `query` has `dimension` finite values. A pool shares large scans; null scans on this
  // thread.
  std::vector<RowScore> search(std::span<const float> query, std::size_t k, ThreadPool* pool = nullptr) const;
  // The same among the rows of `ranges`, which are ascending and disjoint.
  std::vector<RowScore> search_within(std::span<const float> query, std::size_t k,
                                      std::span<const RowRange> ranges, ThreadPool* pool = nullptr) const;
  // Living rows in ascending order.
  std::vector<std::int64_t> rows() const;
  // The vector of a row, empty when the row does not live here. The view lives as long as this version.
  std::span<const float> vector_of(std::int64_t row) const;

 private:
  friend class FlatIndexBuilder;
  struct Segment;
  // What one version sees of a segment: its first `count` slots without the dead ones.
  struct View {
    std::shared_ptr<Segment> segment;
    std::size_t count = 0;
    std::size_t live = 0;
    std::shared_ptr<const std::vector<std::uint64_t>> dead;  // one bit per slot; null: none is dead
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

  // `row` is greater than every row that was ever appended; `vector` has `dimension` values.
  void append(std::int64_t row, std::span<const float> vector);
  // Rows that do not live here are no error.
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
