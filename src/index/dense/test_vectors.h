// Vectors for tests: unit vectors in clusters, or with other properties that make searching hard.
#pragma once

#include <cmath>
#include <cstddef>
#include <random>
#include <span>
#include <vector>

namespace rappel {

inline void make_unit(std::span<float> vector) {
  double norm = 0;
  for (const float x : vector) norm += double(x) * x;
  const auto scale = static_cast<float>(1 / std::sqrt(norm));
  for (float& x : vector) x *= scale;
}

inline double dot_of(std::span<const float> a, std::span<const float> b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += double(a[i]) * b[i];
  return sum;
}

enum class Spectrum {
  kClustered,  // topics with a common mean and falling energies, as embeddings have
  kUniform,    // no structure
  kDominated,  // one dimension holds most of each vector
};

// count x dimension. The same topics for all calls with one `topic_seed`.
inline std::vector<float> make_vectors(Spectrum spectrum, std::size_t count, int dimension,
                                       std::uint32_t seed) {
  const auto d = static_cast<std::size_t>(dimension);
  std::mt19937 random(seed), topic_random(1);
  std::normal_distribution<float> normal;
  constexpr std::size_t kTopics = 50;
  const auto energy = [&](std::size_t i) {
    return spectrum == Spectrum::kClustered ? 1 / std::sqrt(1.0f + float(i)) : 1.0f;
  };
  std::vector<float> topics(kTopics * d), vectors(count * d);
  for (std::size_t i = 0; i < topics.size(); ++i)
    topics[i] = normal(topic_random) * energy(i % d) + (i % d < 3 ? 1.0f : 0.0f);
  for (std::size_t r = 0; r < count; ++r) {
    const auto row = std::span<float>(vectors).subspan(r * d, d);
    const std::size_t topic = random() % kTopics;
    for (std::size_t i = 0; i < d; ++i) {
      row[i] = normal(random) * energy(i) * 0.7f;
      if (spectrum == Spectrum::kClustered) row[i] += topics[topic * d + i];
    }
    if (spectrum == Spectrum::kDominated) row[0] = 10 * std::sqrt(static_cast<float>(d));
    make_unit(row);
  }
  return vectors;
}

}  // namespace rappel
