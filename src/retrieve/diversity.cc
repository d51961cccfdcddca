#include "retrieve/diversity.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <numbers>
#include <numeric>
#include <optional>
#include <utility>

#include "retrieve/text_fingerprint.h"

namespace rappel {
namespace {

// 0..1
double similarity(const Candidate& a, const Candidate& b, const std::optional<std::uint64_t>& print_a,
                  const std::optional<std::uint64_t>& print_b) {
  if (!a.vector.empty() && a.vector.size() == b.vector.size())
    return std::clamp(
        static_cast<double>(std::inner_product(a.vector.begin(), a.vector.end(), b.vector.begin(), 0.0f)),
        0.0, 1.0);
  if (!print_a || !print_b) return a.chunk.text == b.chunk.text ? 1 : 0;
  return std::max(0.0, std::cos(std::numbers::pi * std::popcount(*print_a ^ *print_b) / 64));
}

}  // namespace

double similarity(const Candidate& a, const Candidate& b) {
  return similarity(a, b, text_fingerprint(a.chunk.text), text_fingerprint(b.chunk.text));
}

Status load_vectors(StoreReader& reader, AnswerMeter& meter, std::vector<Candidate>& candidates) {
  std::vector<ChunkKey> keys;
  for (const Candidate& candidate : candidates) keys.push_back(candidate.key);
  RAPPEL_ASSIGN(auto vectors, reader.vectors(keys));
  for (std::size_t i = 0; i < vectors.size(); ++i) {
    RAPPEL_TRY(meter.hold(vectors[i].size() * sizeof(float)));
    candidates[i].vector = std::move(vectors[i]);
  }
  return {};
}

void diversify(double diversity, std::size_t pool, std::vector<Candidate>& candidates) {
  pool = std::min(pool, candidates.size());
  if (diversity == 0) return;
  std::vector<std::optional<std::uint64_t>> prints;
  for (std::size_t i = 0; i < pool; ++i) prints.push_back(text_fingerprint(candidates[i].chunk.text));
  std::vector<double> nearest(pool, 0);  // of those that are left, to one that is chosen
  std::vector<std::size_t> left(pool), order;
  std::iota(left.begin(), left.end(), std::size_t{0});
  while (!left.empty()) {
    const auto gain = [&](std::size_t i) {
      return (1 - diversity) * candidates[i].score - diversity * nearest[i];
    };
    const auto next = std::max_element(left.begin(), left.end(),
                                       [&](std::size_t a, std::size_t b) { return gain(a) < gain(b); });
    const std::size_t chosen = *next;
    left.erase(next);
    order.push_back(chosen);
    for (const std::size_t i : left)
      nearest[i] =
          std::max(nearest[i], similarity(candidates[i], candidates[chosen], prints[i], prints[chosen]));
  }
  std::vector<Candidate> ordered;
  for (const std::size_t i : order) ordered.push_back(std::move(candidates[i]));
  std::move(ordered.begin(), ordered.end(), candidates.begin());
}

}  // namespace rappel
