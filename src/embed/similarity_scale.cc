#include "embed/similarity_scale.h"

#include <algorithm>
#include <cmath>
#include <span>
#include <string>
#include <vector>

#include "embed/embedder.h"
#include "embed/similarity_pairs.h"

namespace rappel {
namespace {

Result<std::vector<Embedding>> embed_all(Embedder& embedder, std::vector<std::string> texts, TextRole role,
                                         const CallContext& call) {
  return embedder.embed(texts, {.role = role, .unit_length = true, .flow = call.flow, .cancel = call.cancel});
}

double dot_product(std::span<const float> a, std::span<const float> b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += double{a[i]} * b[i];
  return sum;
}

}  // namespace

Result<SimilarityScale> measure_similarity(Embedder& embedder, std::string_view language,
                                           const CallContext& call) {
  const auto pairs = similarity_pairs(language);
  if (pairs.empty())
    return Status(Code::kInvalidArgument, "there are no pairs in language " + std::string(language));
  std::vector<std::string> texts[2];
  for (const SimilarityPair& pair : pairs) {
    texts[0].emplace_back(pair.question);
    texts[1].emplace_back(pair.answer);
  }
  RAPPEL_ASSIGN(const auto questions, embed_all(embedder, std::move(texts[0]), TextRole::kQuery, call));
  RAPPEL_ASSIGN(const auto answers, embed_all(embedder, std::move(texts[1]), TextRole::kDocument, call));
  double related = 0, unrelated = 0, squares = 0;
  const double matching = double(pairs.size()), others = matching * (matching - 1);
  for (std::size_t q = 0; q < pairs.size(); ++q)
    for (std::size_t a = 0; a < pairs.size(); ++a) {
      const double cosine = dot_product(questions[q].dense, answers[a].dense);
      if (q == a) {
        related += cosine / matching;
      } else {
        unrelated += cosine / others;
        squares += cosine * cosine / others;
      }
    }
  // A model that cannot tell them apart (one with random weights) has a scale, too.
  constexpr double kLeast = 0.02;
  const double variance = std::max(squares - unrelated * unrelated, 0.0);
  return SimilarityScale{.unrelated = unrelated,
                         .deviation = std::max(std::sqrt(variance), kLeast),
                         .related = std::max(related, unrelated + kLeast)};
}

Result<SimilarityScale> SimilarityScales::of(Embedder& embedder, std::string_view text,
                                             const CallContext& call) {
  if (is_known_) return of_all_;
  const std::string_view language = similarity_language(text);
  const std::lock_guard lock(mutex_);
  if (const auto found = known_.find(language); found != known_.end()) return found->second;
  RAPPEL_ASSIGN(const SimilarityScale scale, measure_similarity(embedder, language, call));
  known_.emplace(language, scale);
  return scale;
}

}  // namespace rappel
