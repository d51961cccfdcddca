#include "index/dense/dense_search.h"

#include <algorithm>
#include <atomic>
#include <bit>
#include <cmath>
#include <functional>
#include <limits>
#include <numeric>

#include "base/check.h"
#include "base/thread_pool.h"
#include "index/dense/dense_segment.h"
#include "index/slot_bits.h"

namespace rappel {
namespace {

// A filter that leaves fewer rows is answered from the 4-bit rows directly, which is faster and has no error
// of estimates.
constexpr double kNarrow = 0.05;
// Below this much memory to read, waking other threads costs more than it saves.
constexpr std::size_t kParallelBytes = std::size_t{1} << 20;
// Estimates that are kept by the first scan: one of so many rows, within bounds. If the error still asks for
// more, a second scan keeps more.
constexpr std::size_t kRowsPerEstimate = 400, kEstimates = 2000, kMostEstimates = 8000,
                      kMoreEstimates = 64'000;
constexpr std::size_t kEstimatesPerResult = 20;
// How many standard deviations of its error an estimate may lie below the k-th score and still be looked at.
constexpr float kEstimateDeviations = 2.6f;
// The same of 4-bit scores before the exact ones, and rows that always get an exact score.
constexpr float kScoreDeviations = 2;
constexpr std::size_t kExactRows = 40, kMostExact = 2000;
// Rows that are scored together.
constexpr std::size_t kBatch = 64;

// The k best scores so far, for a bar.
class TopScores {
 public:
  explicit TopScores(std::size_t k) : k_(k) {}
  void push(float score) {
    if (heap_.size() == k_) {
      if (score <= heap_.front()) return;
      std::pop_heap(heap_.begin(), heap_.end(), std::greater<>());
      heap_.pop_back();
    }
    heap_.push_back(score);
    std::push_heap(heap_.begin(), heap_.end(), std::greater<>());
  }
  float bar() const { return heap_.size() < k_ ? -std::numeric_limits<float>::infinity() : heap_.front(); }

 private:
  std::size_t k_;
  std::vector<float> heap_;  // the worst in front
};

void sort_best(std::vector<Candidate>& candidates) {
  std::sort(candidates.begin(), candidates.end(),
            [](const Candidate& a, const Candidate& b) { return better(a, b); });
}

}  // namespace

std::uint64_t DenseSearch::Part::wanted(std::size_t word) const {
  if (!allowed.empty()) return allowed[word];
  const std::size_t rest = view->count - word * 64;
  return rest >= 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << rest) - 1;
}

DenseSearch::DenseSearch(const DenseIndex& index, const DenseRequest& request)
    : index_(index), request_(request), k_(std::min(request.k, index.size())) {
  RAPPEL_CHECK(request.query.size() == static_cast<std::size_t>(index.dimension()),
               "a query has the index's dimension");
  if (k_ == 0) return;
  place_.resize(index.views_.size());
  for (std::size_t i = 0; i < index.views_.size(); ++i) {
    Part part;
    part.view = &index.views_[i];
    part.number = static_cast<std::uint32_t>(i);
    if (!allow(part)) continue;
    const DenseCodec& codec = *part.view->segment->codec();
    auto& query = queries_[&codec];
    if (query == nullptr) query = std::make_unique<DenseQuery>(codec.query(request.query));
    part.query = query.get();
    choose(part);
    place_[i] = static_cast<std::uint32_t>(parts_.size());
    parts_.push_back(std::move(part));
  }
}

// The live slots of the view within the ranges; false: none.
bool DenseSearch::allow(Part& part) const {
  const View& view = *part.view;
  if (request_.ranges == nullptr && view.dead == nullptr) return true;
  const DenseSegment& segment = *view.segment;
  part.allowed.assign((view.count + 63) / 64, 0);
  if (request_.ranges == nullptr) {
    set_bits(part.allowed, 0, view.count);
  } else {
    const std::int64_t first = segment.rows()[0], last = segment.rows()[view.count - 1];
    // Without gaps a row's slot follows from its number.
    const bool has_gaps = last - first != static_cast<std::int64_t>(view.count) - 1;
    const auto slot_of = [&](std::size_t from, std::int64_t row) {
      if (has_gaps) return segment.find(from, view.count, row);
      return static_cast<std::size_t>(std::clamp<std::int64_t>(row - first, 0, last - first + 1));
    };
    auto range = std::partition_point(request_.ranges->begin(), request_.ranges->end(),
                                      [&](const RowRange& r) { return r.first + r.count <= first; });
    for (std::size_t at = 0; range != request_.ranges->end() && range->first <= last; ++range) {
      const std::size_t begin = slot_of(at, range->first);
      at = slot_of(begin, range->first + range->count);
      set_bits(part.allowed, begin, at);
    }
  }
  std::uint64_t any = 0;
  for (std::size_t i = 0; i < part.allowed.size(); ++i) {
    if (view.dead != nullptr) part.allowed[i] &= ~(*view.dead)[i];
    any |= part.allowed[i];
  }
  return any != 0;
}

void DenseSearch::choose(Part& part) const {
  if (part.view->error <= 0) return;
  std::size_t rows = part.view->count;
  if (!part.allowed.empty()) {
    rows = 0;
    for (const std::uint64_t word : part.allowed) rows += static_cast<std::size_t>(std::popcount(word));
  }
  part.scan = static_cast<double>(rows) >= kNarrow * static_cast<double>(part.view->count);
  part.slack = kEstimateDeviations * part.view->error * part.query->code_length;
}

void DenseSearch::scan_codes(const Part& part, Best& best) const {
  const CodeQuery query = part.query->codes();
  const DenseSegment& segment = *part.view->segment;
  float estimates[kCodeBlock];
  const std::size_t whole = part.view->count / kCodeBlock * kCodeBlock;
  for (std::size_t first = 0; first < whole; first += kCodeBlock) {
    const std::uint64_t wanted = part.wanted(first / kCodeBlock);
    if (wanted == 0) continue;
    std::uint64_t good = estimate_block(segment.block(first), query, wanted, best.bar(), estimates);
    for (; good != 0; good &= good - 1) {
      const auto i = static_cast<std::size_t>(std::countr_zero(good));
      best.push({estimates[i], part.number, static_cast<std::uint32_t>(first + i)});
    }
  }
}

void DenseSearch::score_from(const Part& part, std::size_t begin, Best& best) const {
  std::vector<Candidate> batch;
  const auto flush = [&] {
    score(batch);
    for (const Candidate& candidate : batch)
      if (candidate.score >= best.bar()) best.push(candidate);
    batch.clear();
  };
  for (std::size_t first = begin; first < part.view->count; first += 64) {
    std::uint64_t wanted = part.wanted(first / 64);
    for (; wanted != 0; wanted &= wanted - 1)
      batch.push_back({0, part.number, static_cast<std::uint32_t>(first) + std::countr_zero(wanted)});
    if (batch.size() >= 4 * kBatch) flush();
  }
  flush();
}

void DenseSearch::score(std::span<Candidate> candidates) const {
  std::vector<const std::uint8_t*> rows;
  std::vector<std::int32_t> dots(candidates.size());
  // Runs of one query: usually all of them.
  for (std::size_t begin = 0; begin < candidates.size();) {
    const DenseQuery* const query = parts_[place_[candidates[begin].view]].query;
    rows.clear();
    std::size_t end = begin;
    for (; end < candidates.size(); ++end) {
      const Part& part = parts_[place_[candidates[end].view]];
      if (part.query != query) break;
      rows.push_back(part.view->segment->fine(candidates[end].slot));
    }
    fine_dots(rows, query->fine, dots.data());
    for (std::size_t i = begin; i < end; ++i)
      candidates[i].score = parts_[place_[candidates[i].view]].view->segment->fine_score(
          *query, candidates[i].slot, dots[i - begin]);
    begin = end;
  }
}

DenseSearch::Found DenseSearch::scan(std::size_t limit) const {
  if (request_.trace != nullptr) ++request_.trace->scans;
  const std::size_t lanes = request_.pool == nullptr || parts_.size() < 2 ? 1 : request_.pool->threads();
  std::vector<Found> found(lanes);
  std::atomic<std::size_t> next{0};
  const auto work = [&](std::size_t lane) {
    Best estimates(limit), scored(std::max(limit, kMostExact));
    for (std::size_t i; (i = next.fetch_add(1, std::memory_order_relaxed)) < parts_.size();) {
      if (parts_[i].scan) scan_codes(parts_[i], estimates);
      // The last rows may share a block with rows that a builder is writing.
      const std::size_t count = parts_[i].view->count;
      score_from(parts_[i], parts_[i].scan ? count / kCodeBlock * kCodeBlock : 0, scored);
    }
    found[lane] = {estimates.take(), scored.take()};
  };
  if (lanes == 1 || index_.bytes() < kParallelBytes) {
    work(0);
  } else {
    request_.pool->run([&](Lane& lane) { work(static_cast<std::size_t>(lane.index())); });
  }
  Best estimates(limit), scored(std::max(limit, kMostExact));
  for (const Found& lane : found) {
    for (const Candidate& candidate : lane.estimates) estimates.push(candidate);
    for (const Candidate& candidate : lane.scored) scored.push(candidate);
  }
  return {estimates.take(), scored.take()};
}

bool DenseSearch::rescore(Found& found) const {
  TopScores top(k_);
  for (const Candidate& candidate : found.scored) top.push(candidate.score);
  sort_best(found.estimates);
  float slack = 0;
  for (const Part& part : parts_) slack = std::max(slack, part.slack);
  std::size_t done = 0;
  while (done < found.estimates.size() && found.estimates[done].score + slack >= top.bar()) {
    const std::size_t n = std::min(kBatch, found.estimates.size() - done);
    const auto batch = std::span<Candidate>(found.estimates).subspan(done, n);
    score(batch);
    for (const Candidate& candidate : batch) top.push(candidate.score);
    done += n;
  }
  if (request_.trace != nullptr) request_.trace->rescored += done;
  found.scored.insert(found.scored.end(), found.estimates.begin(),
                      found.estimates.begin() + static_cast<std::ptrdiff_t>(done));
  return done < found.estimates.size();
}

// Standard deviation of a 4-bit score: the error of a value is even within a step.
float DenseSearch::score_error(const Candidate& candidate) const {
  const Part& part = parts_[place_[candidate.view]];
  return part.view->segment->arrays().scale[candidate.slot] * part.query->length / std::sqrt(12.0f);
}

Result<std::vector<RowScore>> DenseSearch::finish(std::vector<Candidate> scored,
                                                  const ExactScores& exact) const {
  sort_best(scored);
  std::vector<RowScore> best;
  TopScores top(k_);
  std::size_t done = 0;
  const std::size_t least = std::max(kExactRows, k_ + k_ / 2), most = std::max(kMostExact, 4 * k_);
  while (done < std::min(scored.size(), most)) {
    const bool wanted =
        done < least || scored[done].score + kScoreDeviations * score_error(scored[done]) >= top.bar();
    if (!wanted) break;
    const std::size_t n = std::min(done < least ? least - done : kBatch, scored.size() - done);
    for (std::size_t i = done; i < done + n; ++i)
      best.push_back({parts_[place_[scored[i].view]].view->segment->rows()[scored[i].slot], 0});
    const auto batch = std::span<RowScore>(best).subspan(done, n);
    RAPPEL_TRY(exact(batch));
    for (const RowScore& row : batch) top.push(row.score);
    done += n;
  }
  if (request_.trace != nullptr) request_.trace->exact += done;
  std::sort(best.begin(), best.end(), [](const RowScore& a, const RowScore& b) { return better(a, b); });
  if (best.size() > k_) best.resize(k_);
  return best;
}

Result<std::vector<RowScore>> DenseSearch::run(const ExactScores& exact) {
  if (k_ == 0 || parts_.empty()) return std::vector<RowScore>();
  std::size_t limit = std::clamp(index_.size() / kRowsPerEstimate, kEstimates, kMostEstimates);
  limit = std::max(limit, kEstimatesPerResult * k_);
  Found found = scan(limit);
  bool full = found.estimates.size() == limit;
  if (!rescore(found) && full) {
    limit = std::max(kMoreEstimates, 4 * limit);
    found = scan(limit);
    (void)rescore(found);
  }
  return finish(std::move(found.scored), exact);
}

Result<std::vector<RowScore>> DenseIndex::search(const DenseRequest& request,
                                                 const ExactScores& exact) const {
  return DenseSearch(*this, request).run(exact);
}

}  // namespace rappel
