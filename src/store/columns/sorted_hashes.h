// SortedHashes: ascending 64-bit hashes that are spread evenly, and where each of them lies.
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

namespace rappel {

class SortedHashes {
 public:
  SortedHashes() = default;
  // `ascending`: fewer than 2^32, without repetition.
  explicit SortedHashes(std::vector<std::uint64_t> ascending) : hashes_(std::move(ascending)) {
    const int bits = std::bit_width(hashes_.size() / kBucketHashes);
    shift_ = 64 - std::max(1, bits);
    begins_.reserve((std::size_t{1} << (64 - shift_)) + 1);
    for (std::size_t i = 0; i < hashes_.size(); ++i)
      while (begins_.size() <= hashes_[i] >> shift_) begins_.push_back(static_cast<std::uint32_t>(i));
    begins_.resize(begins_.capacity(), static_cast<std::uint32_t>(hashes_.size()));
  }

  std::optional<std::size_t> find(std::uint64_t hash) const {
    if (hashes_.empty()) return std::nullopt;
    const std::uint64_t bucket = hash >> shift_;
    const auto begin = hashes_.begin() + begins_[bucket], end = hashes_.begin() + begins_[bucket + 1];
    const auto found = std::lower_bound(begin, end, hash);
    if (found == end || *found != hash) return std::nullopt;
    return static_cast<std::size_t>(found - hashes_.begin());
  }

  std::size_t size() const { return hashes_.size(); }
  std::uint64_t operator[](std::size_t i) const { return hashes_[i]; }
  std::size_t bytes() const {
    return hashes_.capacity() * sizeof(std::uint64_t) + begins_.capacity() * sizeof(std::uint32_t);
  }

 private:
  static constexpr std::size_t kBucketHashes = 16;

  std::vector<std::uint64_t> hashes_;
  int shift_ = 63;                     // a hash without its lowest bits is its bucket
  std::vector<std::uint32_t> begins_;  // of the buckets, and the end of the last one
};

}  // namespace rappel
