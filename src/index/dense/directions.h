// The leading directions of a set of vectors (principal component analysis), which the 1-bit codes use when a
// few of them hold most of the energy.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace rappel {

struct Directions {
  int dimension = 0;
  int count = 0;
  // count x dimension, row-major, orthonormal rows, by falling eigenvalue.
  std::vector<float> matrix;
  // Share of the energy (sum of squares after the mean was taken off) that these directions hold, in [0, 1].
  double energy = 0;
};

// The mean of `count` x dimension vectors, count > 0.
std::vector<float> mean_of(std::span<const float> vectors, int dimension);

// The first `count` <= dimension directions of the vectors minus `mean`. Some tenths of a second for 20 000
// vectors of 1024 dimensions.
Directions leading_directions(std::span<const float> vectors, std::span<const float> mean, int count);

}  // namespace rappel
