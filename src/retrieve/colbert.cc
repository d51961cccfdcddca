#include "retrieve/colbert.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "embed/embedder.h"
#include "index/dense/kernels.h"

namespace rappel {
namespace {

// Rows of a passage that are multiplied together, and chunks whose rows are read together.
constexpr std::size_t kRowsAtOnce = 64, kReadAtOnce = 4;

// The greatest dot product of each row of a query, among the rows of a passage.
class BestProducts {
 public:
  BestProducts(std::span<const float> query, std::size_t dimension)
      : query_(query),
        dimension_(dimension),
        best_(query.size() / dimension, -std::numeric_limits<float>::infinity()),
        products_(kRowsAtOnce * best_.size()) {}

  // At most kRowsAtOnce rows.
  void add(const float* rows, std::size_t count) {
    project_rows(rows, count, query_.data(), best_.size(), dimension_, products_.data());
    for (std::size_t r = 0; r < count; ++r)
      for (std::size_t q = 0; q < best_.size(); ++q)
        best_[q] = std::max(best_[q], products_[r * best_.size() + q]);
  }
  double mean() const {
    double sum = 0;
    for (const float best : best_) sum += double{best};
    return sum / static_cast<double>(best_.size());
  }

 private:
  const std::span<const float> query_;
  const std::size_t dimension_;
  std::vector<float> best_, products_;
};

Result<std::vector<std::vector<float>>> embed_tokens(Embedder& embedder, std::span<const std::string> texts,
                                                     TextRole role, const CallContext& call) {
  RAPPEL_ASSIGN(
      auto embeddings,
      embedder.embed(
          texts, {.dense = false, .colbert = true, .role = role, .flow = call.flow, .cancel = call.cancel}));
  std::vector<std::vector<float>> tokens;
  for (Embedding& embedding : embeddings) tokens.push_back(std::move(embedding.colbert));
  return tokens;
}

}  // namespace

double max_sim(std::span<const float> query, std::span<const float> passage, std::size_t dimension) {
  if (dimension == 0 || query.size() < dimension || passage.size() < dimension) return 0;
  BestProducts best(query, dimension);
  const std::size_t rows = passage.size() / dimension;
  for (std::size_t begin = 0; begin < rows; begin += kRowsAtOnce)
    best.add(&passage[begin * dimension], std::min(kRowsAtOnce, rows - begin));
  return best.mean();
}

double max_sim(std::span<const float> query, const TokenVectors& passage) {
  const std::size_t dimension = passage.dimension, rows = passage.scales.size();
  if (dimension == 0 || query.size() < dimension || rows == 0) return 0;
  BestProducts best(query, dimension);
  std::vector<float> values(kRowsAtOnce * dimension);
  for (std::size_t begin = 0; begin < rows; begin += kRowsAtOnce) {
    const std::size_t count = std::min(kRowsAtOnce, rows - begin);
    for (std::size_t r = 0; r < count; ++r) {
      const float scale = passage.scales[begin + r];
      const std::int8_t* const codes = &passage.codes[(begin + r) * dimension];
      for (std::size_t i = 0; i < dimension; ++i)
        values[r * dimension + i] = scale * static_cast<float>(codes[i]);
    }
    best.add(values.data(), count);
  }
  return best.mean();
}

double bge_m3_sum(double dense, double sparse, double colbert) {
  return 0.4 * dense + 0.2 * sparse + 0.4 * colbert;
}

Result<std::vector<std::vector<float>>> embed_query_tokens(Embedder& embedder,
                                                           std::span<const std::string> queries,
                                                           const CallContext& call) {
  return embed_tokens(embedder, queries, TextRole::kQuery, call);
}

Result<std::vector<double>> colbert_scores(Embedder& embedder, std::span<const float> query,
                                           std::span<const std::string> passages, const CallContext& call) {
  RAPPEL_ASSIGN(const auto tokens, embed_tokens(embedder, passages, TextRole::kDocument, call));
  std::vector<double> scores;
  for (const std::vector<float>& passage : tokens)
    scores.push_back(max_sim(query, passage, static_cast<std::size_t>(embedder.dimension())));
  return scores;
}

Status score_stored_tokens(StoreReader& reader, std::span<const float> query, std::size_t dimension,
                           std::span<Candidate> candidates) {
  for (std::size_t begin = 0; begin < candidates.size(); begin += kReadAtOnce) {
    const auto part = candidates.subspan(begin, std::min(kReadAtOnce, candidates.size() - begin));
    std::vector<ChunkKey> keys;
    for (const Candidate& candidate : part) keys.push_back(candidate.key);
    RAPPEL_ASSIGN(const std::vector<TokenVectors> tokens, reader.token_vectors(keys));
    for (std::size_t i = 0; i < tokens.size(); ++i)
      if (tokens[i].dimension == dimension && !tokens[i].scales.empty())
        part[i].colbert_score = max_sim(query, tokens[i]);
  }
  return {};
}

Status rescore_bge_m3(Embedder& embedder, std::span<const float> query, std::span<const SignalKind> kinds,
                      std::size_t depth, std::vector<Candidate>& candidates, const CallContext& call) {
  const auto first = std::span(candidates).first(std::min(depth, candidates.size()));
  std::vector<std::string> passages;
  for (const Candidate& candidate : first)
    if (!candidate.colbert_score) passages.push_back(candidate.chunk.text);
  if (!passages.empty()) {
    RAPPEL_ASSIGN(const auto computed, colbert_scores(embedder, query, passages, call));
    auto next = computed.begin();
    for (Candidate& candidate : first)
      if (!candidate.colbert_score) candidate.colbert_score = *next++;
  }
  const auto sum = [&](const Candidate& candidate) {
    double of[] = {0, 0};  // dense, sparse
    for (std::size_t s = 0; s < kinds.size(); ++s)
      if (kinds[s] != SignalKind::kLexical) of[kinds[s] == SignalKind::kSparse] = candidate.signals[s].score;
    return bge_m3_sum(of[0], of[1], *candidate.colbert_score);
  };
  std::stable_sort(first.begin(), first.end(),
                   [&](const Candidate& a, const Candidate& b) { return sum(a) > sum(b); });
  double most = 1;
  for (Candidate& candidate : candidates) candidate.score = most = std::min(most, candidate.score);
  return {};
}

}  // namespace rappel
