// Spread: a pseudo-random rotation of D dimensions in O(D log D), so that no dimension dominates the others
// and a few bits per dimension describe each equally well.
//
// Rounds of random signs and a Walsh-Hadamard transform of the largest power of two that fits into D, over
// the first and then over the last dimensions. The signs follow from D, the seed and the constants of this
// file alone: a change of any makes stored codes useless.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace rappel {

class Spread {
 public:
  Spread(int dimension, std::uint64_t seed);

  int dimension() const { return dimension_; }
  // In place; keeps lengths and dot products up to rounding.
  void apply(float* vector) const;
  // Undoes apply().
  void invert(float* vector) const;

 private:
  void flip(float* vector, std::size_t round) const;
  void transform(float* vector, std::size_t round) const;

  int dimension_;
  std::size_t window_ = 1;    // the power of two
  std::vector<float> signs_;  // rounds x dimension
};

}  // namespace rappel
