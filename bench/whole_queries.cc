#include "whole_queries.h"

#include "embed/embedder.h"
#include "embed/similarity_scale.h"
#include "retrieve/query.h"

namespace rappel::bench {
namespace {

// Says what a model like BGE-M3 has, and computes nothing.
class GivenEmbedder final : public Embedder {
 public:
  explicit GivenEmbedder(int dimension) : identity_{"generated", dimension, ""} {}
  Result<std::vector<Embedding>> embed(std::span<const std::string>, const EmbedRequest&) override {
    return Status(Code::kUnsupported, "embeddings are given");
  }
  Result<std::vector<Embedding>> embed_queries(std::span<const std::string>, const CallContext&) override {
    return Status(Code::kUnsupported, "embeddings are given");
  }
  const ModelIdentity& identity() const override { return identity_; }
  bool has_sparse() const override { return true; }
  bool has_colbert() const override { return false; }
  std::size_t max_length() const override { return 512; }
  std::size_t passage_room() const override { return 510; }
  Result<std::vector<ByteRange>> token_ranges(std::string_view, std::stop_token) const override {
    return std::vector<ByteRange>();
  }

 private:
  ModelIdentity identity_;
};

}  // namespace

std::vector<std::pair<const char*, QueryInput>> query_settings() {
  QueryInput plain;
  plain.top_k = 10;
  const auto with = [&](auto change) {
    QueryInput query = plain;
    change(query);
    return query;
  };
  return {
      {"hybrid", plain},
      {"dense", with([](QueryInput& query) { query.mode = SearchMode::kDense; })},
      {"lexical", with([](QueryInput& query) { query.mode = SearchMode::kLexical; })},
      {"sparse", with([](QueryInput& query) { query.mode = SearchMode::kSparse; })},
      {"hybrid, 0.1 % filter",
       with([](QueryInput& query) { query.filter = Filter::equals("author", std::string("author 7")); })},
      {"hybrid, 100 results", with([](QueryInput& query) { query.top_k = 100; })},
      {"hybrid, highlights", with([](QueryInput& query) { query.shape.highlights = true; })},
      {"hybrid, collapse", with([](QueryInput& query) { query.shape.collapse = true; })},
      {"hybrid, sections", with([](QueryInput& query) { query.unit = ResultUnit::kSection; })},
      {"hybrid, diversity", with([](QueryInput& query) { query.shape.diversity = 0.3; })},
      {"hybrid, explain", with([](QueryInput& query) { query.explain = true; })},
  };
}

Status WholeQueries::answer(QueryInput query, const std::string& text, const Embedding& embedding) {
  query.text = text;
  GivenEmbedder embedder(dimension_);
  SimilarityScales scales(SimilarityScale{.unrelated = 0.1, .deviation = 0.1, .related = 0.6});
  const RetrievalOptions options{.rerank = false};
  const QueryParts parts{.store = store_, .embedder = embedder, .scales = scales, .options = options};
  return answer_embedded(parts, {&query, 1}, {&embedding, 1}, {}).status();
}

}  // namespace rappel::bench
