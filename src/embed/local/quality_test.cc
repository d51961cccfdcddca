// Quality loss of half and int8 weights, with real weights on real sentences: Spearman's correlation of
// cosine and judgement over STS-B, on every instruction set that has products for them. bench/quality.py has
// the rest.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <numeric>
#include <string>
#include <vector>

#include "base/thread_pool.h"
#include "embed/local/local_embedder.h"
#include "engine/cpu/cpu_device.h"
#include "testing/shared_data.h"
#include "testing/temp_dir.h"

namespace rappel {
namespace {

// The project's bars.
constexpr double kHalfMayLose = 0.001, kInt8MayLose = 0.005;

struct Sentences {
  std::vector<std::string> first, second;
  std::vector<double> judged;
};

// A line of comma-separated fields; one in double quotes may hold commas, and quotes twice.
std::vector<std::string> fields_of(const std::string& line) {
  std::vector<std::string> fields(1);
  bool quoted = false;
  for (std::size_t i = 0; i < line.size(); ++i) {
    if (line[i] == '"' && quoted && i + 1 < line.size() && line[i + 1] == '"') {
      fields.back() += line[++i];
    } else if (line[i] == '"') {
      quoted = !quoted;
    } else if (line[i] == ',' && !quoted) {
      fields.emplace_back();
    } else if (line[i] != '\r') {
      fields.back() += line[i];
    }
  }
  return fields;
}

Sentences read_sentences(const std::filesystem::path& path) {
  Sentences sentences;
  std::ifstream in(path);
  for (std::string line; std::getline(in, line);) {
    const std::vector<std::string> fields = fields_of(line);
    if (fields.size() != 3) continue;
    sentences.first.push_back(fields[0]);
    sentences.second.push_back(fields[1]);
    sentences.judged.push_back(std::stod(fields[2]));
  }
  return sentences;
}

// Ranks from 1, equal values share their mean.
std::vector<double> ranks(const std::vector<double>& values) {
  std::vector<std::size_t> order(values.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return values[a] < values[b]; });
  std::vector<double> ranks(values.size());
  for (std::size_t begin = 0; begin < order.size();) {
    std::size_t end = begin;
    while (end < order.size() && values[order[end]] == values[order[begin]]) ++end;
    for (std::size_t i = begin; i < end; ++i) ranks[order[i]] = static_cast<double>(begin + end + 1) / 2;
    begin = end;
  }
  return ranks;
}

double spearman(const std::vector<double>& a, const std::vector<double>& b) {
  const std::vector<double> x = ranks(a), y = ranks(b);
  const double mean = static_cast<double>(x.size() + 1) / 2;
  double xy = 0, xx = 0, yy = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    xy += (x[i] - mean) * (y[i] - mean);
    xx += (x[i] - mean) * (x[i] - mean);
    yy += (y[i] - mean) * (y[i] - mean);
  }
  return xy / std::sqrt(xx * yy);
}

class Quality : public testing::TestWithParam<std::string> {
 protected:
  double score(WeightKind kind, const Sentences& sentences) {
    const auto device = make_cpu_device(pool_, {GetParam()});
    auto files = ModelFiles::open(*minilm_model());
    EXPECT_TRUE(files.ok()) << files.status().to_string();
    EmbedderOptions options;
    options.kind = kind;
    auto embedder = LocalEmbedder::load("all-MiniLM-L6-v2", *files, *device, options);
    EXPECT_TRUE(embedder.ok()) << embedder.status().to_string();
    const auto first = (*embedder)->embed(sentences.first, {}),
               second = (*embedder)->embed(sentences.second, {});
    EXPECT_TRUE(first.ok() && second.ok());
    std::vector<double> cosines;
    for (std::size_t i = 0; i < sentences.judged.size(); ++i)
      cosines.push_back(std::inner_product((*first)[i].dense.begin(), (*first)[i].dense.end(),
                                           (*second)[i].dense.begin(), 0.0));
    return spearman(cosines, sentences.judged);
  }

  ThreadPool pool_{2};
};

TEST_P(Quality, SimilarityLosesNoMoreThanTheBars) {
  const auto path = shared_data("sts/stsb-en-test.csv");
  if (!path) GTEST_SKIP() << missing_shared_data();
  if (!minilm_model())
    GTEST_SKIP()
        << "all-MiniLM-L6-v2 not found: run scripts/fetch-models all-MiniLM-L6-v2 or set RAPPEL_MINILM";
  const Sentences sentences = read_sentences(*path);
  ASSERT_EQ(sentences.judged.size(), 1379u);
  // The value of sentence-transformers for the model in float32.
  constexpr double kFloat32 = 0.8203;
  const double half = score(WeightKind::kHalf, sentences), int8 = score(WeightKind::kInt8, sentences);
  RecordProperty("spearman", "half " + std::to_string(half) + ", int8 " + std::to_string(int8));
  EXPECT_GE(half, kFloat32 - kHalfMayLose);
  EXPECT_GE(int8, kFloat32 - kInt8MayLose);
  EXPECT_LE(std::max(half, int8), kFloat32 + kInt8MayLose) << "not this model, or not these sentences";
}

// Those where auto chooses int8: elsewhere it would take minutes.
std::vector<std::string> fast_targets() {
  std::vector<std::string> targets;
  ThreadPool pool(1);
  for (const std::string& target : cpu_targets())
    if (make_cpu_device(pool, {target})->info().preferred == WeightKind::kInt8) targets.push_back(target);
  return targets;
}

GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(Quality);
INSTANTIATE_TEST_SUITE_P(Targets, Quality, testing::ValuesIn(fast_targets()),
                         [](const auto& test) { return test.param; });

}  // namespace
}  // namespace rappel
