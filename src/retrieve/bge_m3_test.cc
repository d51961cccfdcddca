// The scores of BGE-M3 are those of FlagEmbedding's compute_score(), also through a store.
#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <random>

#include "base/thread_pool.h"
#include "codec/json.h"
#include "embed/local/local_embedder.h"
#include "embed/test_embedder.h"
#include "engine/cpu/cpu_device.h"
#include "retrieve/colbert.h"
#include "retrieve/query.h"
#include "retrieve/signals.h"
#include "retrieve/token_vectors.h"
#include "store/sqlite/sqlite_store.h"
#include "testing/json_lines.h"
#include "testing/shared_data.h"
#include "testing/temp_dir.h"

namespace rappel {
namespace {

constexpr double kTolerance = 2e-5;
// A value of a stored row is off by half a step, 1/254 of the row's largest one. These errors partly cancel
// in a product of two rows of unit length.
constexpr double kOfStoredRows = 4e-3;

double dot_product(std::span<const float> a, std::span<const float> b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += double{a[i]} * b[i];
  return sum;
}

// As stores do (store/sqlite/signal_search.cc).
double sparse_product(const Embedding& a, const Embedding& b) {
  const auto left = token_weights(a), right = token_weights(b);
  double sum = 0;
  for (std::size_t i = 0, j = 0; i < left.size() && j < right.size();) {
    if (left[i].token == right[j].token) sum += double{left[i].weight} * right[j].weight;
    left[i].token < right[j].token ? ++i : ++j;
  }
  return sum;
}

TEST(BgeM3, ScoresOfPairsAreThoseOfFlagEmbedding) {
  TempDir folder;
  const auto model = linked_model("tiny-bge-m3", folder.path());
  const auto golden = shared_data("goldens-models/tiny-bge-m3.pairs.jsonl");
  if (!model || !golden) GTEST_SKIP() << missing_shared_data();
  ThreadPool pool(2);
  const auto device = make_cpu_device(pool, {});
  EmbedderOptions options;
  options.max_length = 512;
  const auto embedder = std::move(*LocalEmbedder::load("tiny", *ModelFiles::open(*model), *device, options));
  std::size_t pairs = 0, sparse_pairs = 0;
  for (const Json& row : read_json_lines(*golden)) {
    if (!row.contains("query") || row["max_passage_length"] != 512) continue;
    const std::string query = row["query"], passage = row["passage"];
    const std::string texts[] = {query, passage};
    const auto embedded = embedder->embed(texts, {.sparse = true, .colbert = true, .unit_length = true});
    ASSERT_TRUE(embedded.ok()) << embedded.status().to_string();
    const Embedding &a = (*embedded)[0], &b = (*embedded)[1];
    const double dense = dot_product(a.dense, b.dense), sparse = sparse_product(a, b);
    const auto tokens = embed_query_tokens(*embedder, {&query, 1}, {});
    ASSERT_TRUE(tokens.ok());
    const auto colbert = colbert_scores(*embedder, (*tokens)[0], {&passage, 1}, {});
    ASSERT_TRUE(colbert.ok());
    const TokenVectors stored = quantize_tokens(b.colbert, static_cast<std::size_t>(embedder->dimension()));
    const std::string id = row["id"];
    EXPECT_NEAR(dense, row["dense"].get<double>(), kTolerance) << id;
    EXPECT_NEAR(sparse, row["sparse"].get<double>(), kTolerance) << id;
    EXPECT_NEAR((*colbert)[0], row["colbert"].get<double>(), kTolerance) << id;
    EXPECT_NEAR(max_sim((*tokens)[0], stored), row["colbert"].get<double>(), kOfStoredRows) << id;
    for (const Json& fused : row["fused"]) {
      if (fused["weights"] != Json({0.4, 0.2, 0.4})) continue;
      EXPECT_NEAR(bge_m3_sum(dense, sparse, (*colbert)[0]), fused["colbert+sparse+dense"].get<double>(),
                  kTolerance)
          << id;
    }
    ++pairs;
    sparse_pairs += sparse > 0;
  }
  EXPECT_GT(pairs, 50u);
  EXPECT_GT(sparse_pairs, 10u);
}

Candidate candidate(const char* text, double dense, double sparse, double score) {
  Candidate out;
  out.chunk.text = text;
  out.signals = {{1, dense}, {1, sparse}};
  out.score = score;
  return out;
}

std::string texts_of(const std::vector<Candidate>& candidates) {
  std::string out;
  for (const Candidate& one : candidates) out += one.chunk.text + " ";
  return out;
}

TEST(BgeM3, FirstCandidatesAreOrderedByTheSumOfThree) {
  TestEmbedder embedder(4);  // all vectors of tokens are equal: MaxSim is 1
  embedder.token_dimension = 4;
  const SignalKind kinds[] = {SignalKind::kDense, SignalKind::kSparse};
  std::vector<Candidate> candidates{candidate("a", 0.5, 0.1, 0.9), candidate("b", 0.4, 0.5, 0.8),
                                    candidate("c", 0.9, 0.9, 0.7)};
  const auto query = embed_query_tokens(embedder, std::vector<std::string>{"q"}, {});
  ASSERT_TRUE(query.ok());
  const std::vector<float>& tokens = (*query)[0];
  ASSERT_TRUE(rescore_bge_m3(embedder, tokens, kinds, 2, candidates, {}).ok());
  EXPECT_EQ(texts_of(candidates), "b a c ") << "the third is not rescored";
  EXPECT_EQ(candidates[0].score, 0.8);
  EXPECT_EQ(candidates[1].score, 0.8) << "not above one before it";
  EXPECT_EQ(candidates[0].colbert_score, 1.0);
  EXPECT_FALSE(candidates[2].colbert_score);
  embedder.failure = Status(Code::kUnavailable, "no device");
  EXPECT_EQ(rescore_bge_m3(embedder, tokens, kinds, 3, candidates, {}).code(), Code::kUnavailable);
  EXPECT_EQ(texts_of(candidates), "b a c ");
  EXPECT_TRUE(rescore_bge_m3(embedder, tokens, kinds, 2, candidates, {}).ok()) << "all have their scores";
}

TEST(MaxSim, FastOneAgreesWithPlainLoops) {
  std::mt19937 random(5);
  std::uniform_real_distribution<float> value(-1, 1);
  const auto rows = [&](std::size_t count, std::size_t dimension) {
    std::vector<float> out(count * dimension);
    for (float& one : out) one = value(random) / std::sqrt(static_cast<float>(dimension));
    return out;
  };
  for (const std::size_t dimension : {1, 3, 8, 64, 384, 1024})
    for (const std::size_t passage_rows : {1, 7, 63, 64, 65, 200})
      for (const std::size_t query_rows : {1, 5, 32}) {
        const auto query = rows(query_rows, dimension), passage = rows(passage_rows, dimension);
        double sum = 0;
        for (std::size_t q = 0; q < query_rows; ++q) {
          double best = -1e9;
          for (std::size_t p = 0; p < passage_rows; ++p)
            best = std::max(best, dot_product(std::span(query).subspan(q * dimension, dimension),
                                              std::span(passage).subspan(p * dimension, dimension)));
          sum += best;
        }
        const double expected = sum / static_cast<double>(query_rows);
        EXPECT_NEAR(max_sim(query, passage, dimension), expected, 1e-5) << dimension << " " << passage_rows;
        EXPECT_NEAR(max_sim(query, quantize_tokens(passage, dimension)), expected, 6e-3)
            << dimension << " " << passage_rows;
      }
}

TEST(BgeM3, StoredRowsAreReadAndOthersComputed) {
  TempDir folder;
  TestEmbedder embedder(4);
  embedder.token_dimension = 4;
  embedder.weights = {{1, 1.0f}};
  const auto store = open_sqlite_store({.folder = folder.path() / "data", .model = embedder.identity()});
  ASSERT_TRUE(store.ok()) << store.status().to_string();
  const auto document = [](const char* id, float value) {
    NewDocument one{id, {}, {{"text", 0, 4, {1, 0, 0, 0}}}};
    one.chunks[0].sparse = {{1, 1.0f}};
    if (value > 0) one.chunks[0].colbert = quantize_tokens(std::vector<float>(8, value), 4);
    return one;
  };
  ASSERT_TRUE(
      (*store)->upsert({document("computed", 0), document("high", 0.9f), document("low", 0.1f)}).ok());
  SimilarityScales scales(SimilarityScale{.unrelated = 0, .deviation = 0.1, .related = 0.4});
  const RetrievalOptions options{.mode = SearchMode::kBgeM3};
  const QueryParts parts{.store = **store, .embedder = embedder, .scales = scales, .options = options};
  const QueryInput query{.text = "q", .top_k = 3, .explain = true};
  const auto outputs = answer_queries(parts, {&query, 1}, {});
  ASSERT_TRUE(outputs.ok()) << outputs.status().to_string();
  EXPECT_EQ(embedder.calls, 3) << "the query twice, the one chunk without stored vectors";
  const std::map<std::string, double> expected{
      {"high", 4 * 0.5 * 0.9}, {"computed", 1.0}, {"low", 4 * 0.5 * 0.1}};
  const auto& candidates = (*outputs)[0].explanation->candidates;
  ASSERT_EQ(candidates.size(), 3u);
  std::string order;
  for (const ExplainedCandidate& candidate : candidates) {
    order += candidate.document_id + " ";
    EXPECT_NEAR(*candidate.explanation.colbert_score, expected.at(candidate.document_id), 1e-6);
  }
  EXPECT_EQ(order, "high computed low ");
}

TEST(MaxSim, IsTheMeanOfTheBestRows) {
  const float query[] = {1, 0, 0, 1}, passage[] = {0.6f, 0.8f, -1, 0, 0.8f, 0.6f};
  EXPECT_NEAR(max_sim(query, passage, 2), (0.8 + 0.8) / 2, 1e-6);
  const float opposite[] = {-1, 0};
  EXPECT_NEAR(max_sim(std::span(query).first(2), opposite, 2), -1, 1e-6) << "a maximum may be negative";
  EXPECT_EQ(max_sim({}, passage, 2), 0);
  EXPECT_EQ(max_sim(query, {}, 2), 0);
}

}  // namespace
}  // namespace rappel
