// The best rows of a search of postings, as integers that order them.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <utility>
#include <vector>

namespace rappel {

// A row by its place, with its score: larger is better. Equal scores are ordered by ascending place.
class RowKey {
 public:
  RowKey() = default;
  RowKey(std::uint32_t score, std::uint16_t block, std::uint16_t slot)
      : value_(std::uint64_t{score} << 32 | (0xffff'ffffu ^ (std::uint32_t{block} << 16 | slot))) {}
  std::uint32_t score() const { return static_cast<std::uint32_t>(value_ >> 32); }
  std::uint16_t block() const { return static_cast<std::uint16_t>(~value_ >> 16); }
  std::uint16_t slot() const { return static_cast<std::uint16_t>(~value_); }
  friend auto operator<=>(const RowKey&, const RowKey&) = default;

 private:
  std::uint64_t value_ = 0;
};

// The `limit` best of all keys that were pushed. Up to twice as many are kept until a cut, which is cheaper
// than a heap for limits of hundreds.
class BestKeys {
 public:
  explicit BestKeys(std::size_t limit) : limit_(limit) {}

  // Lower scores cannot enter.
  std::uint32_t bar() const { return bar_.score(); }
  void push(RowKey key) {
    if (key <= bar_) return;
    kept_.push_back(key);
    if (kept_.size() >= 2 * limit_) cut();
  }
  // Best first.
  std::vector<RowKey> take() {
    cut();
    std::sort(kept_.begin(), kept_.end(), std::greater<>());
    return std::move(kept_);
  }

 private:
  void cut() {
    if (kept_.size() < limit_) return;
    const auto last = kept_.begin() + static_cast<std::ptrdiff_t>(limit_) - 1;
    std::nth_element(kept_.begin(), last, kept_.end(), std::greater<>());
    kept_.resize(limit_);
    bar_ = kept_.back();
  }

  std::size_t limit_;
  RowKey bar_;
  std::vector<RowKey> kept_;
};

}  // namespace rappel
