// The best candidates and scores of a scan.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <vector>

namespace rappel {

// A row of the index by its place, with an estimate or a score.
struct Candidate {
  float score = 0;
  std::uint32_t view = 0;
  std::uint32_t slot = 0;
};

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

// Rows ascend with view and slot.
inline bool better(const Candidate& a, const Candidate& b) {
  if (a.score != b.score) return a.score > b.score;
  return a.view != b.view ? a.view < b.view : a.slot < b.slot;
}

// The `limit` best of all that were pushed. Up to twice as many are kept until a cut, which is cheaper than a
// heap for limits of hundreds.
class Best {
 public:
  explicit Best(std::size_t limit) : limit_(limit) {}

  // Lower scores cannot enter.
  float bar() const { return bar_; }
  void push(const Candidate& candidate) {
    kept_.push_back(candidate);
    if (kept_.size() >= 2 * limit_) cut();
  }
  // In no order.
  std::vector<Candidate> take() {
    cut();
    return std::move(kept_);
  }

 private:
  void cut() {
    if (kept_.size() <= limit_) return;
    const auto last = kept_.begin() + static_cast<std::ptrdiff_t>(limit_) - 1;
    std::nth_element(kept_.begin(), last, kept_.end(),
                     [](const Candidate& a, const Candidate& b) { return better(a, b); });
    kept_.resize(limit_);
    bar_ = kept_.back().score;
  }

  std::size_t limit_;
  float bar_ = -std::numeric_limits<float>::infinity();
  std::vector<Candidate> kept_;
};

}  // namespace rappel
