#include "index_vectors.h"

#include <algorithm>
#include <cmath>
#include <span>
#include <thread>

#include "codec/float16.h"
#include "index/dense/kernels.h"
#include "index/dense/split_mix.h"

namespace rappel::bench {
namespace {

// Strengths of the parts of a clustered vector, fitted to sentence embeddings of three retrieval sets.
constexpr float kMean = 0.55f, kTopic = 0.5f, kDocument = 0.45f, kChunk = 0.6f, kNoise = 0.3f;
constexpr float kQueryShift = 0.2f, kQuery = 0.5f;
constexpr double kSpectrum = -0.25, kTopicSizes = -0.8;
constexpr std::size_t kBlockRows = 1024;

class Random {
 public:
  explicit Random(std::uint64_t seed) : bits_(seed) {}
  std::uint64_t below(std::uint64_t bound) { return bits_.below(bound); }
  double uniform() { return static_cast<double>(bits_.next() >> 11) * 0x1p-53; }
  // Nearly normal: the sum of four uniform numbers of 16 bits.
  float normal() {
    const std::uint64_t bits = bits_.next();
    const auto sum =
        static_cast<float>((bits & 0xffff) + (bits >> 16 & 0xffff) + (bits >> 32 & 0xffff) + (bits >> 48));
    return (sum - 131070.0f) * (1.7320508f / 65536.0f);
  }

 private:
  SplitMix bits_;
};

void scale_to(std::span<float> vector, float length) {
  double squares = 0;
  for (const float x : vector) squares += double(x) * x;
  const auto scale = static_cast<float>(length / std::sqrt(std::max(squares, 1e-30)));
  for (float& x : vector) x *= scale;
}

// Topics in a space of `rank` dimensions, and how that space lies among all dimensions.
class Topics {
 public:
  Topics(std::size_t rows, int dimension, std::uint64_t seed)
      : dimension_(static_cast<std::size_t>(dimension)),
        rank_(dimension_ * 5 / 8),
        count_(std::max<std::size_t>(64, rows / 150)) {
    Random random(seed);
    for (std::size_t i = 0; i < rank_; ++i)
      spectrum_.push_back(static_cast<float>(std::pow(double(i + 1), kSpectrum)));
    scale_to(spectrum_, 1);
    directions_.resize(dimension_ * rank_);  // random directions are nearly orthogonal
    for (float& x : directions_) x = random.normal() / std::sqrt(static_cast<float>(dimension_));
    mean_.resize(dimension_);
    for (float& x : mean_) x = random.normal();
    scale_to(mean_, kMean);
    shift_.resize(rank_);
    for (std::size_t i = 0; i < rank_; ++i) shift_[i] = random.normal() * spectrum_[i];
    scale_to(shift_, kQueryShift);
    make_topics(random);
  }

  std::size_t rank() const { return rank_; }
  std::size_t draw(Random& random) const {
    const double at = random.uniform() * sizes_.back();
    return static_cast<std::size_t>(std::lower_bound(sizes_.begin(), sizes_.end(), at) - sizes_.begin());
  }
  // Adds a random deviation, in the directions in which the topic varies.
  void deviate(std::size_t topic, float strength, Random& random, std::span<float> z) const {
    std::vector<float> deviation(rank_);
    for (std::size_t i = 0; i < rank_; ++i)
      deviation[i] = random.normal() * spectrum_[i] * gains_[topic * rank_ + i];
    scale_to(deviation, strength * spread_[topic]);
    for (std::size_t i = 0; i < rank_; ++i) z[i] += deviation[i];
  }
  std::span<const float> centre(std::size_t topic) const {
    return std::span<const float>(centres_).subspan(topic * rank_, rank_);
  }
  std::span<const float> shift() const { return shift_; }
  // Unit vectors of count x rank coordinates.
  void place(std::span<const float> z, Random& random, float noise, std::span<float> out) const {
    project_rows(z.data(), z.size() / rank_, directions_.data(), dimension_, rank_, out.data());
    const float each = noise / std::sqrt(static_cast<float>(dimension_));
    for (std::size_t i = 0; i < out.size(); ++i) out[i] += mean_[i % dimension_] + each * random.normal();
    for (std::size_t i = 0; i < out.size(); i += dimension_) scale_to(out.subspan(i, dimension_), 1);
  }

 private:
  void make_topics(Random& random) {
    const std::size_t fields = std::max<std::size_t>(16, count_ / 40);
    std::vector<float> field(fields * rank_);
    for (std::size_t i = 0; i < field.size(); ++i) field[i] = random.normal() * spectrum_[i % rank_];
    centres_.resize(count_ * rank_);
    gains_.resize(count_ * rank_);
    double sum = 0;
    for (std::size_t topic = 0; topic < count_; ++topic) {
      const std::size_t of = random.below(fields);
      for (std::size_t i = 0; i < rank_; ++i) {
        centres_[topic * rank_ + i] = field[of * rank_ + i] + random.normal() * spectrum_[i];
        gains_[topic * rank_ + i] = std::exp(0.7f * random.normal());
      }
      scale_to(std::span<float>(centres_).subspan(topic * rank_, rank_), kTopic);
      spread_.push_back(std::exp(0.25f * random.normal()));
      sizes_.push_back(sum += std::pow(double(topic + 1), kTopicSizes));
    }
  }

  std::size_t dimension_, rank_, count_;
  std::vector<float> spectrum_, directions_, mean_, shift_, centres_, gains_, spread_;
  std::vector<double> sizes_;  // running sum of the sizes of the topics
};

// The coordinates of rows [first, first + count), by their documents, and a query's beside them on demand.
void clustered_rows(const Topics& topics, std::span<const std::uint32_t> documents, std::uint64_t seed,
                    std::span<float> z) {
  const std::size_t rank = topics.rank();
  for (std::size_t r = 0; r < documents.size(); ++r) {
    Random of_document(seed ^ (std::uint64_t{documents[r]} << 20)),
        of_row(seed + 1 + r * 7919 + (std::uint64_t{documents[r]} << 32));
    const auto row = z.subspan(r * rank, rank);
    const std::size_t topic = topics.draw(of_document);
    std::copy(topics.centre(topic).begin(), topics.centre(topic).end(), row.begin());
    topics.deviate(topic, kDocument, of_document, row);
    topics.deviate(topic, kChunk, of_row, row);
  }
}

void plain_rows(Distribution distribution, Random& random, std::size_t dimension, std::span<float> out) {
  for (std::size_t i = 0; i < out.size(); i += dimension) {
    const auto row = out.subspan(i, dimension);
    for (float& x : row) x = random.normal();
    if (distribution == Distribution::kDominated) row[0] = 3 * std::sqrt(static_cast<float>(dimension));
    scale_to(row, 1);
  }
}

}  // namespace

std::optional<Distribution> distribution_of(std::string_view name) {
  if (name == "clustered") return Distribution::kClustered;
  if (name == "uniform") return Distribution::kUniform;
  if (name == "duplicates") return Distribution::kDuplicates;
  if (name == "dominated") return Distribution::kDominated;
  return std::nullopt;
}

void VectorSet::read(std::size_t row, float* to) const {
  const auto d = static_cast<std::size_t>(dimension);
  for (std::size_t i = 0; i < d; ++i) to[i] = f16_to_float(rows[row * d + i]);
}

VectorSet make_vector_set(Distribution distribution, std::size_t rows, int dimension, std::size_t queries,
                          std::uint64_t seed, int threads) {
  const auto d = static_cast<std::size_t>(dimension);
  VectorSet set{dimension, std::vector<std::uint16_t>(rows * d), {}, {}};
  Random random(seed);
  for (std::uint32_t document = 0; set.document.size() < rows; ++document) do
      set.document.push_back(document);
    while (set.document.size() < rows && random.uniform() > 1.0 / 8);
  const Topics topics(rows, dimension, seed);
  const bool clustered =
      distribution == Distribution::kClustered || distribution == Distribution::kDuplicates;
  const auto make = [&](std::size_t first, std::size_t count, std::span<float> out) {
    Random own(seed + 17 * first + 3);
    if (!clustered) return plain_rows(distribution, own, d, out);
    std::vector<float> z(count * topics.rank());
    clustered_rows(topics, std::span(set.document).subspan(first, count), seed, z);
    topics.place(z, own, kNoise, out);
  };
  const std::size_t copies = distribution == Distribution::kDuplicates ? 1000 : 1;
  const auto work = [&](std::size_t thread) {
    std::vector<float> block(kBlockRows * d);
    for (std::size_t first = thread * kBlockRows; first < rows;
         first += kBlockRows * static_cast<std::size_t>(threads)) {
      const std::size_t count = std::min(kBlockRows, rows - first);
      make(first, count, std::span(block).first(count * d));
      for (std::size_t r = 0; r < count; ++r) {
        const float* from = block.data() + r / copies * copies * d;
        for (std::size_t i = 0; i < d; ++i) set.rows[(first + r) * d + i] = float_to_f16(from[i]);
      }
    }
  };
  std::vector<std::thread> workers;
  for (int t = 0; t < threads; ++t) workers.emplace_back(work, static_cast<std::size_t>(t));
  for (std::thread& worker : workers) worker.join();
  // A query is about a row: near its topic and document, with a deviation and a shift of its own.
  set.queries.resize(queries * d);
  if (!clustered) plain_rows(distribution, random, d, set.queries);
  std::vector<float> z(topics.rank());
  for (std::size_t q = 0; clustered && q < queries; ++q) {
    const std::size_t row = random.below(rows);
    const std::uint32_t document = set.document[row];
    clustered_rows(topics, {&document, 1}, seed, z);
    topics.deviate(0, kQuery, random, z);
    for (std::size_t i = 0; i < z.size(); ++i) z[i] += topics.shift()[i];
    topics.place(z, random, kNoise, std::span(set.queries).subspan(q * d, d));
  }
  return set;
}

}  // namespace rappel::bench
