#include "index/flat/flat_index.h"

#include <algorithm>
#include <atomic>
#include <bit>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <new>

#include "base/check.h"
#include "base/thread_pool.h"
#include "index/flat/flat_scan.h"

namespace rappel {
namespace {

constexpr std::size_t kSegmentBytes = std::size_t{4} << 20;
// Scores are computed for this many rows at a time, so that they stay in the L1 cache.
constexpr std::size_t kBlock = 256;
// Below this much memory to read, waking other threads costs more than it saves.
constexpr std::size_t kParallelBytes = std::size_t{8} << 20;

struct FreeDeleter {
  void operator()(void* p) const { std::free(p); }
};
using AlignedFloats = std::unique_ptr<float[], FreeDeleter>;

AlignedFloats aligned_floats(std::size_t n) {
  const std::size_t bytes = (n * sizeof(float) + 63) / 64 * 64;
  auto* p = static_cast<float*>(std::aligned_alloc(64, std::max<std::size_t>(bytes, 64)));
  if (p == nullptr) throw std::bad_alloc();
  return AlignedFloats(p);
}

bool is_dead(const std::vector<std::uint64_t>* dead, std::size_t slot) {
  return dead != nullptr && ((*dead)[slot / 64] >> (slot % 64) & 1) != 0;
}

}  // namespace

// Slots below `published` are immutable; a builder writes the slots after them.
struct FlatIndex::Segment {
  Segment(std::size_t slots, std::size_t stride)
      : capacity(slots), vectors(aligned_floats(slots * stride)), rows(new std::int64_t[slots]) {}
  std::size_t capacity;
  std::size_t published = 0;  // count of the newest version; only builders access it
  AlignedFloats vectors;
  std::unique_ptr<std::int64_t[]> rows;

  // The first slot below `count` with a row >= `row`.
  std::size_t lower_bound(std::size_t count, std::int64_t row) const {
    return static_cast<std::size_t>(std::lower_bound(rows.get(), rows.get() + count, row) - rows.get());
  }
};

// The k best scores pushed so far: a heap with the worst at its front.
class FlatIndex::TopK {
 public:
  explicit TopK(std::size_t k) : k_(k) { heap_.reserve(k); }  // so that push() does not allocate
  void push(std::int64_t row, float score) {
    const RowScore candidate{row, score};
    if (heap_.size() < k_) {
      heap_.push_back(candidate);
      std::push_heap(heap_.begin(), heap_.end(), better);
    } else if (better(candidate, heap_.front())) {
      std::pop_heap(heap_.begin(), heap_.end(), better);
      heap_.back() = candidate;
      std::push_heap(heap_.begin(), heap_.end(), better);
    }
  }
  // Scores below this can no longer enter.
  float threshold() const {
    return heap_.size() < k_ ? -std::numeric_limits<float>::infinity() : heap_.front().score;
  }
  const std::vector<RowScore>& unordered() const { return heap_; }

 private:
  std::size_t k_;
  std::vector<RowScore> heap_;
};

FlatIndex::FlatIndex(int dimension, std::size_t segment_rows)
    : dimension_(dimension),
      stride_((static_cast<std::size_t>(dimension) + kFlatScanPad - 1) / kFlatScanPad * kFlatScanPad),
      segment_rows_(segment_rows) {
  RAPPEL_CHECK(dimension > 0, "an index has a dimension");
  if (segment_rows_ == 0)
    segment_rows_ = std::max<std::size_t>(64, kSegmentBytes / (stride_ * sizeof(float)));
}

void FlatIndex::scan(const View& view, std::size_t begin, std::size_t end, const float* query,
                     TopK& top) const {
  float scores[kBlock];
  const Segment& segment = *view.segment;
  for (; begin < end; begin += kBlock) {
    const std::size_t n = std::min(kBlock, end - begin);
    scan_rows(query, segment.vectors.get() + begin * stride_, n, stride_, scores);
    for (std::size_t i = 0; i < n; ++i) {
      if (scores[i] < top.threshold() || is_dead(view.dead.get(), begin + i)) continue;
      top.push(segment.rows[begin + i], scores[i]);
    }
  }
}

std::vector<RowScore> FlatIndex::search(std::span<const float> query, std::size_t k, ThreadPool* pool) const {
  return search_views(query, k, nullptr, pool);
}

std::vector<RowScore> FlatIndex::search_within(std::span<const float> query, std::size_t k,
                                               std::span<const RowRange> ranges, ThreadPool* pool) const {
  return search_views(query, k, &ranges, pool);
}

std::vector<RowScore> FlatIndex::search_views(std::span<const float> query, std::size_t k,
                                              const std::span<const RowRange>* ranges,
                                              ThreadPool* pool) const {
  RAPPEL_CHECK(query.size() == static_cast<std::size_t>(dimension_), "a query has the index's dimension");
  k = std::min(k, size_);
  if (k == 0) return {};
  const AlignedFloats padded = aligned_floats(stride_);
  std::fill_n(padded.get(), stride_, 0.0f);
  std::copy(query.begin(), query.end(), padded.get());

  const auto scan_view = [&](const View& view, TopK& top) {
    if (ranges == nullptr) return scan(view, 0, view.count, padded.get(), top);
    const Segment& segment = *view.segment;
    const std::int64_t first = segment.rows[0], last = segment.rows[view.count - 1];
    auto range = std::partition_point(ranges->begin(), ranges->end(),
                                      [&](const RowRange& r) { return r.first + r.count <= first; });
    for (std::size_t from = 0; range != ranges->end() && range->first <= last; ++range) {
      const std::size_t begin = std::max(from, segment.lower_bound(view.count, range->first));
      from = segment.lower_bound(view.count, range->first + range->count);
      if (begin < from) scan(view, begin, from, padded.get(), top);
    }
  };

  std::vector<RowScore> best;
  if (pool == nullptr || pool->threads() == 1 || size_ * stride_ * sizeof(float) < kParallelBytes) {
    TopK top(k);
    for (const View& view : views_) scan_view(view, top);
    best = top.unordered();
  } else {
    std::vector<TopK> tops;
    for (int lane = 0; lane < pool->threads(); ++lane) tops.emplace_back(k);
    std::atomic<std::size_t> next{0};
    pool->run([&](Lane& lane) {
      TopK top = std::move(tops[static_cast<std::size_t>(lane.index())]);
      for (std::size_t i; (i = next.fetch_add(1, std::memory_order_relaxed)) < views_.size();)
        scan_view(views_[i], top);
      tops[static_cast<std::size_t>(lane.index())] = std::move(top);
    });
    for (const TopK& top : tops) best.insert(best.end(), top.unordered().begin(), top.unordered().end());
  }
  std::sort(best.begin(), best.end(), better);
  if (best.size() > k) best.resize(k);
  return best;
}

std::vector<std::int64_t> FlatIndex::rows() const {
  std::vector<std::int64_t> rows;
  rows.reserve(size_);
  for (const View& view : views_)
    for (std::size_t slot = 0; slot < view.count; ++slot)
      if (!is_dead(view.dead.get(), slot)) rows.push_back(view.segment->rows[slot]);
  return rows;
}

void FlatIndexBuilder::append(std::int64_t row, std::span<const float> vector) {
  RAPPEL_CHECK(vector.size() == static_cast<std::size_t>(next_.dimension_),
               "a vector has the index's dimension");
  auto& views = next_.views_;
  // If a newer version has written to the tail, this version cannot append to it.
  if (views.empty() || views.back().count == views.back().segment->capacity ||
      views.back().count != views.back().segment->published) {
    FlatIndex::View view;
    view.segment = std::make_shared<FlatIndex::Segment>(next_.segment_rows_, next_.stride_);
    views.push_back(std::move(view));
  }
  FlatIndex::View& view = views.back();
  FlatIndex::Segment& segment = *view.segment;
  RAPPEL_CHECK(view.count == 0 || segment.rows[view.count - 1] < row, "rows are appended in ascending order");
  float* slot = segment.vectors.get() + view.count * next_.stride_;
  std::copy(vector.begin(), vector.end(), slot);
  std::fill(slot + vector.size(), slot + next_.stride_, 0.0f);
  segment.rows[view.count] = row;
  segment.published = ++view.count;
  ++view.live;
  ++next_.size_;
}

void FlatIndexBuilder::mark_dead(FlatIndex::View& view, std::size_t begin, std::size_t end) {
  if (begin >= end) return;
  auto dead = view.dead ? std::make_shared<std::vector<std::uint64_t>>(*view.dead)
                        : std::make_shared<std::vector<std::uint64_t>>();
  dead->resize((view.segment->capacity + 63) / 64);
  for (std::size_t slot = begin; slot < end; ++slot) {
    std::uint64_t& word = (*dead)[slot / 64];
    const std::uint64_t bit = std::uint64_t{1} << (slot % 64);
    if ((word & bit) != 0) continue;
    word |= bit;
    --view.live;
    --next_.size_;
  }
  view.dead = std::move(dead);
}

void FlatIndexBuilder::remove(RowRange range) {
  auto& views = next_.views_;
  const std::int64_t end = range.first + range.count;
  auto view = std::partition_point(views.begin(), views.end(), [&](const FlatIndex::View& v) {
    return v.segment->rows[v.count - 1] < range.first;
  });
  for (; view != views.end() && view->segment->rows[0] < end; ++view)
    mark_dead(*view, view->segment->lower_bound(view->count, range.first),
              view->segment->lower_bound(view->count, end));
}

void FlatIndexBuilder::retain_only(std::span<const RowRange> ranges) {
  std::int64_t from = std::numeric_limits<std::int64_t>::min() / 2;
  for (const RowRange& range : ranges) {
    remove({from, range.first - from});
    from = range.first + range.count;
  }
  if (!next_.views_.empty()) {
    const FlatIndex::View& last = next_.views_.back();
    const std::int64_t end = last.segment->rows[last.count - 1] + 1;
    if (from < end) remove({from, end - from});
  }
}

FlatIndex::View FlatIndexBuilder::merged(const FlatIndex::View& a, const FlatIndex::View& b) const {
  FlatIndex::View to;
  to.segment = std::make_shared<FlatIndex::Segment>(next_.segment_rows_, next_.stride_);
  for (const FlatIndex::View* from : {&a, &b}) {
    for (std::size_t slot = 0; slot < from->count; ++slot) {
      if (is_dead(from->dead.get(), slot)) continue;
      std::copy_n(from->segment->vectors.get() + slot * next_.stride_, next_.stride_,
                  to.segment->vectors.get() + to.count * next_.stride_);
      to.segment->rows[to.count++] = from->segment->rows[slot];
    }
  }
  to.live = to.segment->published = to.count;
  return to;
}

// Merges neighbours whose live rows fit into one segment; afterwards any two neighbours hold more rows than
// one segment. Filling a segment takes a whole segment of appended rows, so the cost of copying is amortized.
void FlatIndexBuilder::merge_neighbours() {
  std::vector<FlatIndex::View> kept;
  for (FlatIndex::View& view : next_.views_) {
    if (view.live == 0) continue;
    if (!kept.empty() && kept.back().live + view.live <= next_.segment_rows_) {
      kept.back() = merged(kept.back(), view);
    } else {
      kept.push_back(std::move(view));
    }
  }
  next_.views_ = std::move(kept);
}

FlatIndex FlatIndexBuilder::finish() && {
  merge_neighbours();
  return std::move(next_);
}

}  // namespace rappel
