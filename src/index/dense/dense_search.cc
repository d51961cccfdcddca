#include "index/dense/dense_search.h"

#include <algorithm>
#include <atomic>
#include <bit>
#include <cmath>
#include <optional>

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
// How many standard deviations of its error an estimate may lie below the k-th score and still be looked at.
constexpr float kEstimateDeviations = 2.6f;
// The same of 4-bit scores before the exact ones, and rows that always get an exact score.
constexpr float kScoreDeviations = 2;
constexpr std::size_t kExactRows = 40, kMostExact = 2000;
// Rows that are scored together.
constexpr std::size_t kBatch = 64;
// Rows that wait for it.
constexpr std::size_t kWaiting = 512;
// From so many parts on, the others begin with the best scores of the first one.
constexpr std::size_t kManyParts = 4;

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
    if (part.view->segment->is_unread() || !allow(part)) continue;
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
  part.slack = kEstimateDeviations * index_.widening() * part.view->error * part.query->code_length;
}

void DenseSearch::score(const Part& part, std::span<Candidate> candidates, Scan& scan) const {
  const DenseSegment& segment = *part.view->segment;
  std::vector<const std::uint8_t*> rows;
  for (const Candidate& candidate : candidates) rows.push_back(segment.fine(candidate.slot));
  std::vector<std::int32_t> dots(candidates.size());
  fine_dots(rows, part.query->fine, dots.data());
  for (std::size_t i = 0; i < candidates.size(); ++i) {
    candidates[i].score = segment.fine_score(*part.query, candidates[i].slot, dots[i]);
    scan.top.push(candidates[i].score);
    if (candidates[i].score >= scan.scored.bar()) scan.scored.push(candidates[i]);
  }
  scan.rescored += candidates.size();
}

// The best estimates first: their scores raise the bar, so that most of the others need not be scored.
void DenseSearch::score_waiting(const Part& part, Scan& scan) const {
  std::vector<Candidate>& waiting = scan.waiting;
  const std::size_t first = std::min(kBatch, waiting.size());
  if (first < waiting.size())
    std::nth_element(waiting.begin(), waiting.begin() + static_cast<std::ptrdiff_t>(first), waiting.end(),
                     [](const Candidate& a, const Candidate& b) { return better(a, b); });
  score(part, std::span<Candidate>(waiting).first(first), scan);
  waiting.erase(waiting.begin(), waiting.begin() + static_cast<std::ptrdiff_t>(first));
  const float least = scan.top.bar() - part.slack;
  std::erase_if(waiting, [&](const Candidate& candidate) { return candidate.score < least; });
  score(part, waiting, scan);
  waiting.clear();
}

// Rows whose estimate may belong to one of the k best scores are scored while the scan goes on, so that the
// bar rises.
void DenseSearch::scan_codes(const Part& part, Scan& scan) const {
  const CodeQuery query = part.query->codes();
  const DenseSegment& segment = *part.view->segment;
  float estimates[kCodeBlock];
  const std::size_t whole = part.view->count / kCodeBlock * kCodeBlock;
  for (std::size_t first = 0; first < whole; first += kCodeBlock) {
    const std::uint64_t wanted = part.wanted(first / kCodeBlock);
    if (wanted == 0) continue;
    const float least = scan.top.bar() - part.slack;
    std::uint64_t good = estimate_block(segment.block(first), query, wanted, least, estimates);
    for (; good != 0; good &= good - 1) {
      const auto i = static_cast<std::size_t>(std::countr_zero(good));
      scan.waiting.push_back({estimates[i], part.number, static_cast<std::uint32_t>(first + i)});
    }
    if (scan.waiting.size() >= kWaiting) score_waiting(part, scan);
  }
  score_waiting(part, scan);
}

void DenseSearch::score_from(const Part& part, std::size_t begin, Scan& scan) const {
  const auto flush = [&] {
    score(part, scan.waiting, scan);
    scan.waiting.clear();
  };
  for (std::size_t first = begin; first < part.view->count; first += 64) {
    std::uint64_t wanted = part.wanted(first / 64);
    for (; wanted != 0; wanted &= wanted - 1)
      scan.waiting.push_back({0, part.number, static_cast<std::uint32_t>(first) + std::countr_zero(wanted)});
    if (scan.waiting.size() >= kWaiting) flush();
  }
  flush();
}

DenseSearch::Scan DenseSearch::scan(const Part& part, TopScores top) const {
  Scan scan{std::move(top), Best(std::max(kMostExact, 4 * k_)), {}, 0};
  if (part.scan) scan_codes(part, scan);
  // The last rows may share a block with rows that a builder is writing.
  score_from(part, part.scan ? part.view->count / kCodeBlock * kCodeBlock : 0, scan);
  return scan;
}

// Which rows a part scores does not depend on the other threads, so an answer is the same with any number.
std::vector<Candidate> DenseSearch::scan_all() const {
  std::vector<std::optional<Scan>> found(parts_.size());
  std::atomic<std::size_t> next{0};
  TopScores top(k_);
  if (parts_.size() >= kManyParts) {
    found[next++] = scan(parts_.front(), top);
    top = found.front()->top;
  }
  const auto work = [&] {
    for (std::size_t i; (i = next.fetch_add(1, std::memory_order_relaxed)) < parts_.size();)
      found[i] = scan(parts_[i], top);
  };
  if (request_.pool == nullptr || parts_.size() < 2 || index_.bytes() < kParallelBytes)
    work();
  else
    request_.pool->run([&](Lane&) { work(); });
  std::vector<Candidate> scored;
  for (std::optional<Scan>& part : found) {
    if (request_.trace != nullptr) request_.trace->rescored += part->rescored;
    const std::vector<Candidate> kept = part->scored.take();
    scored.insert(scored.end(), kept.begin(), kept.end());
  }
  return scored;
}

// Standard deviation of a 4-bit score: the error of a value is even within a step.
float DenseSearch::score_error(const Candidate& candidate) const {
  const Part& part = parts_[place_[candidate.view]];
  return part.view->segment->arrays().scale[candidate.slot] * part.query->length / std::sqrt(12.0f);
}

Result<std::vector<RowScore>> DenseSearch::finish(std::vector<Candidate> scored,
                                                  const ExactScores& exact) const {
  const std::size_t least = std::max(kExactRows, k_ + k_ / 2), most = std::max(kMostExact, 4 * k_);
  const std::size_t sorted = std::min(scored.size(), most);
  std::partial_sort(scored.begin(), scored.begin() + static_cast<std::ptrdiff_t>(sorted), scored.end(),
                    [](const Candidate& a, const Candidate& b) { return better(a, b); });
  const float deviations = kScoreDeviations * index_.widening();
  std::vector<RowScore> best;
  TopScores top(k_);
  std::size_t done = 0;
  while (done < sorted) {
    const bool wanted =
        done < least || scored[done].score + deviations * score_error(scored[done]) >= top.bar();
    if (!wanted) break;
    const std::size_t n = std::min(done < least ? least - done : kBatch, sorted - done);
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
  return finish(scan_all(), exact);
}

Result<std::vector<RowScore>> DenseIndex::search(const DenseRequest& request,
                                                 const ExactScores& exact) const {
  return DenseSearch(*this, request).run(exact);
}

}  // namespace rappel
