#include "index/dense/dense_index.h"

#include <algorithm>

#include "base/check.h"
#include "index/dense/dense_segment.h"
#include "index/dense/estimate_error.h"

namespace rappel {
namespace {

// Vectors that are encoded together.
constexpr std::size_t kEncodeRows = 256;
// A segment is copied without its dead rows when they are one of so many, and at least so many.
constexpr std::size_t kDeadShare = 10, kLeastDead = 1024;

}  // namespace

DenseIndex::DenseIndex(int dimension, std::size_t segment_rows)
    : dimension_(dimension),
      segment_rows_(segment_rows),
      codec_(std::make_shared<const DenseCodec>(dimension)) {
  RAPPEL_CHECK(segment_rows % kCodeBlock == 0 && segment_rows > 0, "segments hold whole blocks");
}

std::vector<std::int64_t> DenseIndex::rows() const {
  std::vector<std::int64_t> rows;
  rows.reserve(size_);
  for (const View& view : views_)
    for (std::size_t slot = 0; slot < view.count; ++slot)
      if (!is_dead(view.dead, slot)) rows.push_back(view.segment->rows()[slot]);
  return rows;
}

std::size_t DenseIndex::bytes() const {
  std::size_t sum = 0;
  for (const View& view : views_) {
    const DenseCodec& codec = *view.segment->codec();
    std::size_t row = sizeof(std::int64_t) + codec.fine_bytes() + 2 * sizeof(float);
    if (codec.has_codes()) row += codec.code_words() * 8 + sizeof(float) + sizeof(std::uint16_t);
    sum += view.count * row;
  }
  return sum;
}

std::vector<DenseIndex::Segment> DenseIndex::segments() const {
  std::vector<Segment> segments;
  for (const View& view : views_) segments.push_back({view.segment, view.count, view.live, view.error});
  return segments;
}

std::vector<RowRange> DenseIndex::unread() const {
  std::vector<RowRange> unread;
  for (const View& view : views_)
    if (view.segment->is_unread()) unread.push_back(view.segment->span());
  return unread;
}

std::optional<DenseIndex::Outdated> DenseIndex::outdated() const {
  for (const View& view : views_) {
    if (view.segment->codec() == codec_) continue;
    Outdated found{view.segment, {}};
    for (std::size_t slot = 0; slot < view.count; ++slot)
      if (!is_dead(view.dead, slot)) found.rows.push_back(view.segment->rows()[slot]);
    return found;
  }
  return std::nullopt;
}

void DenseIndexBuilder::adopt(const DenseIndex::Segment& segment) {
  View view{segment.codes, segment.count, segment.count, nullptr, segment.error, segment.count};
  next_.size_ += segment.count;
  next_.views_.push_back(std::move(view));
}

void DenseIndexBuilder::adopt_unread(std::span<const std::int64_t> rows) {
  for (std::size_t n; !rows.empty(); rows = rows.subspan(n)) {
    n = std::min(rows.size(), next_.segment_rows_);
    adopt({DenseSegment::unread(next_.dimension_, rows.first(n)), n, n, 0});
  }
}

void DenseIndexBuilder::forget_damaged(std::span<const RowRange> living) {
  for (View& view : next_.views_) {
    if (!view.segment->is_damaged()) continue;
    const RowRange span = view.segment->span();
    const std::vector<std::int64_t> rows = rows_of(intersection(living, std::span(&span, 1)));
    next_.size_ -= view.live;
    view = {};
    if (rows.empty()) continue;
    view.segment = DenseSegment::unread(next_.dimension_, rows);
    view.count = view.live = view.measured = rows.size();
    next_.size_ += view.live;
  }
  std::erase_if(next_.views_, [](const View& view) { return view.segment == nullptr; });
}

bool DenseIndexBuilder::replace(const DenseSegment& old, const DenseIndex::Segment& fresh) {
  const auto found = std::find_if(next_.views_.begin(), next_.views_.end(),
                                  [&](const View& view) { return view.segment.get() == &old; });
  if (found == next_.views_.end()) return false;
  View view{fresh.codes, fresh.count, 0, nullptr, fresh.error, fresh.error > 0 ? fresh.count : 0};
  // Dead until the old segment is found to have the row.
  auto dead = std::make_shared<std::vector<std::uint64_t>>(fresh.codes->capacity() / 64, ~std::uint64_t{0});
  for (std::size_t slot = 0, at = 0; slot < found->count; ++slot) {
    if (is_dead(found->dead, slot)) continue;
    at = fresh.codes->find(at, fresh.count, old.rows()[slot]);
    if (at == fresh.count || fresh.codes->rows()[at] != old.rows()[slot]) return false;
    (*dead)[at / 64] &= ~(std::uint64_t{1} << (at % 64));
    ++view.live;
  }
  if (view.live != view.count) view.dead = std::move(dead);
  *found = std::move(view);
  return true;
}

void DenseIndexBuilder::set_codec(std::shared_ptr<const DenseCodec> codec) {
  RAPPEL_CHECK(codec->dimension() == next_.dimension_, "a codec of the index's dimension");
  next_.codec_ = std::move(codec);
}

// The view whose segment has room for another row.
DenseIndexBuilder::View& DenseIndexBuilder::tail() {
  auto& views = next_.views_;
  // If a newer version has written to the tail, this version cannot append to it.
  if (views.empty() || views.back().count == views.back().segment->capacity() ||
      views.back().count != views.back().segment->published ||
      views.back().segment->codec() != next_.codec_ || !views.back().segment->is_writable()) {
    View view;
    view.segment = std::make_shared<DenseSegment>(next_.codec_, next_.segment_rows_);
    views.push_back(std::move(view));
  }
  return views.back();
}

void DenseIndexBuilder::append(std::span<const std::int64_t> rows, std::span<const float> vectors) {
  const auto d = static_cast<std::size_t>(next_.dimension_);
  RAPPEL_CHECK(vectors.size() == rows.size() * d, "a vector for each row");
  for (std::size_t done = 0; done < rows.size();) {
    View& view = tail();
    DenseSegment& segment = *view.segment;
    const std::size_t n = std::min({kEncodeRows, rows.size() - done, segment.capacity() - view.count});
    RAPPEL_CHECK(view.count == 0 || segment.rows()[view.count - 1] < rows[done],
                 "rows are appended in ascending order");
    segment.encode(rows.subspan(done, n), vectors.subspan(done * d, n * d), view.count);
    segment.published = view.count += n;
    view.live += n;
    next_.size_ += n;
    done += n;
  }
}

void DenseIndexBuilder::remove(RowRange range) {
  auto& views = next_.views_;
  const std::int64_t end = range.first + range.count;
  auto view = std::partition_point(views.begin(), views.end(), [&](const View& v) {
    return v.segment->rows()[v.count - 1] < range.first;
  });
  for (; view != views.end() && view->segment->rows()[0] < end; ++view) {
    const DenseSegment& segment = *view->segment;
    const std::size_t removed =
        mark_dead(view->dead, segment.capacity(), segment.find(0, view->count, range.first),
                  segment.find(0, view->count, end));
    view->live -= removed;
    next_.size_ -= removed;
  }
}

void DenseIndexBuilder::retain_only(std::span<const RowRange> ranges) {
  if (next_.views_.empty()) return;
  const View& last = next_.views_.back();
  for_rows_outside(ranges, last.segment->rows()[last.count - 1] + 1,
                   [this](RowRange range) { remove(range); });
}

std::size_t DenseIndex::damaged_segments() const {
  return static_cast<std::size_t>(std::count_if(views_.begin(), views_.end(),
                                                [](const View& view) { return view.segment->is_damaged(); }));
}

bool DenseIndexBuilder::can_merge(const View& a, const View& b) const {
  return a.segment->codec() == b.segment->codec() && a.live + b.live <= next_.segment_rows_;
}

DenseIndexBuilder::View DenseIndexBuilder::merged(std::span<const View* const> views) const {
  View to;
  to.segment = std::make_shared<DenseSegment>(views.front()->segment->codec(), next_.segment_rows_);
  for (const View* from : views)
    for (std::size_t slot = 0; slot < from->count; ++slot)
      if (!is_dead(from->dead, slot)) to.segment->copy(*from->segment, slot, to.count++);
  to.live = to.segment->published = to.count;
  return to;
}

bool DenseIndexBuilder::is_sparse(const View& view) const {
  const std::size_t dead = view.count - view.live;
  return !view.segment->is_unread() && dead > kLeastDead && dead > view.count / kDeadShare;
}

// Afterwards any two neighbours of one codec hold more rows than one segment, and few rows of a segment are
// dead. Filling a segment takes a whole segment of appended rows, and a copy of a sparse one pays for many
// removals, so the cost of copying is amortized.
void DenseIndexBuilder::merge_neighbours() {
  std::vector<View> kept;
  for (View& view : next_.views_) {
    if (view.live == 0) continue;
    if (!kept.empty() && can_merge(kept.back(), view)) {
      const View* const both[] = {&kept.back(), &view};
      kept.back() = merged(both);
    } else if (is_sparse(view)) {
      const View* const one[] = {&view};
      kept.push_back(merged(one));
    } else {
      kept.push_back(std::move(view));
    }
  }
  next_.views_ = std::move(kept);
}

DenseIndex DenseIndexBuilder::finish() && {
  merge_neighbours();
  // Again whenever a segment has twice as many rows, and when it is full.
  for (View& view : next_.views_) {
    const bool full = view.count == view.segment->capacity() && view.measured != view.count;
    if (view.count < 2 * view.measured && !full) continue;
    view.error = estimate_error(*view.segment, view.count);
    view.measured = view.count;
  }
  return std::move(next_);
}

}  // namespace rappel
