// DenseIndex: the best rows by dot product with a query, exact but for a small error that is bounded, in
// three stages: a scan of 1-bit codes (all rows that a filter allows) -> 4-bit rows, during the scan, of
// those whose estimate with its error bound reaches the k best so far -> exact scores of the best few, from
// the caller. Every allowed row is looked at, so a filter loses nothing and an answer is never short.
//
// A DenseIndex is an immutable version: copies are cheap (they share segments), and any number of threads may
// search it. A DenseIndexBuilder makes the next version; new rows go into the free tail of the last segment,
// after the slots that older versions read, and are found at once. Removed rows are marked in a bitmap of the
// new version. Neighbouring segments of one codec are merged when their live rows fit into one segment, and a
// segment with many dead rows is copied without them.
//
// At most one builder at a time, always started from the newest version. Searches may run at the same time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "base/status.h"
#include "index/dense/dense_codec.h"
#include "index/rows.h"
#include "index/slot_bits.h"

namespace rappel {

class DenseSegment;
class ThreadPool;

// Replaces the scores by the exact ones. Rows come in any order.
using ExactScores = std::function<Status(std::span<RowScore> rows)>;

// Counts of one search.
struct DenseTrace {
  std::size_t rescored = 0;  // 4-bit rows that were read
  std::size_t exact = 0;     // exact scores that were asked for
};

struct DenseRequest {
  std::span<const float> query;  // `dimension` finite values
  std::size_t k = 0;
  // Restricts the search to these rows, ascending and disjoint; null: all rows.
  const std::span<const RowRange>* ranges = nullptr;
  ThreadPool* pool = nullptr;   // wide scans run on all its threads; null: on the calling thread
  DenseTrace* trace = nullptr;  // may be null
};

class DenseIndex {
 public:
  static constexpr std::size_t kSegmentRows = 65'536;

  // segment_rows: other values are for tests.
  explicit DenseIndex(int dimension, std::size_t segment_rows = kSegmentRows);

  int dimension() const { return dimension_; }
  std::size_t size() const { return size_; }
  // Whether a file could not be read since it was mapped: an answer may then lack rows.
  bool is_damaged() const { return damaged_segments() > 0; }
  std::size_t damaged_segments() const;
  // The rows of unread segments (dense_segment.h), from the first to the last; ascending. A search leaves
  // them out, so the caller compares their vectors by itself.
  std::vector<RowRange> unread() const;
  // Live rows in ascending order.
  std::vector<std::int64_t> rows() const;
  // Factor of the bounds that end a search; 1 until a self-check finds that more is needed.
  float widening() const { return widening_; }
  std::size_t bytes() const;  // of codes and row numbers of all segments, without free slots

  // A segment of this version: its first `count` slots.
  struct Segment {
    std::shared_ptr<DenseSegment> codes;
    std::size_t count = 0;
    std::size_t live = 0;
    float error = 0;  // standard deviation of an estimate, per DenseQuery::code_length
  };
  // By ascending rows.
  std::vector<Segment> segments() const;
  // The codec of new rows.
  const std::shared_ptr<const DenseCodec>& codec() const { return codec_; }
  // A segment of another codec, or an unread one, with its live rows; nothing if there is none.
  struct Outdated {
    std::shared_ptr<const DenseSegment> codes;
    std::vector<std::int64_t> rows;
  };
  std::optional<Outdated> outdated() const;

  // The k best rows with their exact scores, best first, equal scores by ascending row. Fails as `exact`
  // does.
  Result<std::vector<RowScore>> search(const DenseRequest& request, const ExactScores& exact) const;

 private:
  friend class DenseIndexBuilder;
  friend class DenseSearch;
  // The part of a segment that a version reads: its first `count` slots except the dead ones.
  struct View {
    std::shared_ptr<DenseSegment> segment;
    std::size_t count = 0;
    std::size_t live = 0;
    DeadSlots dead;
    float error = 0;           // standard deviation of an estimate, per DenseQuery::code_length
    std::size_t measured = 0;  // rows there when the error was measured
  };

  int dimension_;
  std::size_t segment_rows_;
  std::size_t size_ = 0;
  float widening_ = 1;
  std::shared_ptr<const DenseCodec> codec_;  // of new segments
  std::vector<View> views_;                  // ascending, disjoint ranges of rows
};

class DenseIndexBuilder {
 public:
  explicit DenseIndexBuilder(DenseIndex base) : next_(std::move(base)) {}

  // Rows that come from now on are encoded with this codec, in segments of their own.
  void set_codec(std::shared_ptr<const DenseCodec> codec);
  void set_widening(float factor) { next_.widening_ = factor; }
  // `rows` are ascending and greater than every row appended before; `vectors` has `dimension` values for
  // each.
  void append(std::span<const std::int64_t> rows, std::span<const float> vectors);
  // Rows that are not live are ignored.
  void remove(RowRange range);
  // A segment whose rows are greater than every row before; nothing else may hold it.
  void adopt(const DenseIndex::Segment& segment);
  // Rows that are ascending and greater than every row before, in unread segments.
  void adopt_unread(std::span<const std::int64_t> rows);
  // Makes the segments unread whose file is damaged, with the rows of `living` that lie in them; `living` is
  // ascending and disjoint.
  void forget_damaged(std::span<const RowRange> living);
  // The same live rows in another encoding or place; its error is measured if it is 0. False, and nothing
  // changes: the version has no such segment any more, or `fresh` lacks one of its live rows.
  bool replace(const DenseSegment& old, const DenseIndex::Segment& fresh);
  // Removes every row outside `ranges`, which are ascending and disjoint.
  void retain_only(std::span<const RowRange> ranges);
  DenseIndex finish() &&;

 private:
  using View = DenseIndex::View;
  View& tail();
  void merge_neighbours();
  bool can_merge(const View& a, const View& b) const;
  bool is_sparse(const View& view) const;
  // The live rows of neighbours in one segment.
  View merged(std::span<const View* const> views) const;

  DenseIndex next_;
};

}  // namespace rappel
