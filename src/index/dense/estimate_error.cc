#include "index/dense/estimate_error.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <vector>

#include "index/dense/dense_segment.h"

namespace rappel {
namespace {

constexpr std::size_t kProbes = 32, kNearest = 16;
// Blocks of codes that a probe is compared with, evenly over the segment.
constexpr std::size_t kBlocks = 64;
// A score above this share of the probe's own is that of a copy: its estimate is nearly exact, and says
// nothing about other rows.
constexpr float kCopy = 0.999f;

struct Pair {
  float estimate, score;
};

// Estimates and 4-bit scores of the rows of some blocks, without the probe and its copies.
std::vector<Pair> compare(const DenseSegment& segment, std::size_t count, const DenseQuery& query,
                          std::size_t probe) {
  std::int32_t own = 0;
  const std::uint8_t* const row = segment.fine(probe);
  fine_dots({&row, 1}, query.fine, &own);
  const float copy = kCopy * segment.fine_score(query, probe, own);
  std::vector<Pair> pairs;
  const std::size_t blocks = count / kCodeBlock, step = std::max<std::size_t>(1, blocks / kBlocks);
  float estimates[kCodeBlock];
  std::int32_t dots[kCodeBlock];
  for (std::size_t b = 0; b < blocks; b += step) {
    const std::size_t first = b * kCodeBlock;
    (void)estimate_block(segment.block(first), query.codes(), ~std::uint64_t{0},
                         -std::numeric_limits<float>::infinity(), estimates);
    const std::uint8_t* rows[kCodeBlock];
    for (std::size_t i = 0; i < kCodeBlock; ++i) rows[i] = segment.fine(first + i);
    fine_dots(rows, query.fine, dots);
    for (std::size_t i = 0; i < kCodeBlock; ++i) {
      const float score = segment.fine_score(query, first + i, dots[i]);
      if (score < copy) pairs.push_back({estimates[i], score});
    }
  }
  return pairs;
}

}  // namespace

float estimate_error(const DenseSegment& segment, std::size_t count) {
  const DenseCodec& codec = *segment.codec();
  if (!codec.has_codes() || count < kCodeBlock) return 0;
  double sum = 0;
  std::size_t number = 0;
  for (std::size_t p = 0; p < kProbes; ++p) {
    const std::size_t probe = p * count / kProbes;
    const DenseQuery query = codec.query(codec.decode(segment.fine(probe), segment.arrays().scale[probe]));
    if (query.code_length <= 0) continue;
    std::vector<Pair> pairs = compare(segment, count, query, probe);
    const std::size_t near = std::min(kNearest, pairs.size());
    std::partial_sort(pairs.begin(), pairs.begin() + static_cast<std::ptrdiff_t>(near), pairs.end(),
                      [](const Pair& a, const Pair& b) { return a.score > b.score; });
    for (std::size_t i = 0; i < near; ++i) {
      const double error = (pairs[i].estimate - pairs[i].score) / query.code_length;
      sum += error * error;
    }
    number += near;
  }
  return number == 0 ? 0 : static_cast<float>(std::sqrt(sum / static_cast<double>(number)));
}

}  // namespace rappel
