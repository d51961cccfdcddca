// Seeded vectors for measuring indexes: like embeddings of passages, and the cases that are hard for an
// index.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace rappel::bench {

enum class Distribution {
  kClustered,   // documents of about 8 chunks in topics of power-law size, a common mean, a falling spectrum
  kUniform,     // no structure: the worst case
  kDuplicates,  // clustered, each vector a thousand times
  kDominated,   // one dimension holds most of each vector
};

std::optional<Distribution> distribution_of(std::string_view name);

struct VectorSet {
  int dimension = 0;
  std::vector<std::uint16_t> rows;      // float16, unit length, count x dimension
  std::vector<std::uint32_t> document;  // of each row, ascending
  std::vector<float> queries;           // unit length

  std::size_t count() const { return document.size(); }
  // The row as float32.
  void read(std::size_t row, float* to) const;
};

VectorSet make_vector_set(Distribution distribution, std::size_t rows, int dimension, std::size_t queries,
                          std::uint64_t seed, int threads);

}  // namespace rappel::bench
