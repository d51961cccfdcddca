// An embedder with token-level output, made of a TestEmbedder and a tokenizer.
#pragma once

#include <memory>
#include <utility>

#include "embed/test_embedder.h"
#include "embed/token_level.h"

namespace rappel {

// Hidden states are 0.25 everywhere, raw vectors three times as long.
class TokenTestEmbedder final : public Embedder, public TokenEmbedder {
 public:
  TokenTestEmbedder(TestEmbedder& base, std::shared_ptr<const Tokenizer> tokenizer)
      : base_(base), tokenizer_(std::move(tokenizer)) {}

  Result<std::vector<Embedding>> embed(std::span<const std::string> texts,
                                       const EmbedRequest& request) override {
    return base_.embed(texts, request);
  }
  Result<std::vector<Embedding>> embed_queries(std::span<const std::string> queries,
                                               const CallContext& call) override {
    return base_.embed_queries(queries, call);
  }
  Result<std::vector<TokenOutput>> embed_tokens(const TokenInput& input, const EmbedRequest& request,
                                                const TokenRequest& more) override {
    std::vector<std::string> texts(input.texts.begin(), input.texts.end());
    texts.resize(texts.size() + input.ids.size());
    RAPPEL_ASSIGN(std::vector<Embedding> embeddings, base_.embed(texts, request));
    std::vector<TokenOutput> outputs;
    for (std::size_t i = 0; i < embeddings.size(); ++i) {
      Embedding& embedding = embeddings[i];
      if (!input.ids.empty()) embedding.input_ids = input.ids[i];
      if (more.raw)
        for (float& number : embedding.dense) number *= 3;
      const std::size_t states = embedding.input_ids.size() * embedding.dense.size();
      outputs.push_back({std::move(embedding), std::vector<float>(more.hidden ? states : 0, 0.25F)});
    }
    return outputs;
  }
  std::string_view pooling() const override { return "mean"; }
  const Tokenizer& token_level_tokenizer() const override { return *tokenizer_; }
  LocalWeights weights() const override { return {"half", 45'000'000, 22'500'000}; }
  const Tokenizer* own_tokenizer() const override { return tokenizer_.get(); }
  const ModelIdentity& identity() const override { return base_.identity(); }
  bool has_sparse() const override { return base_.has_sparse(); }
  bool has_colbert() const override { return base_.has_colbert(); }
  std::size_t max_length() const override { return base_.max_length(); }
  std::size_t passage_room() const override { return base_.passage_room(); }
  Result<std::vector<ByteRange>> token_ranges(std::string_view text, std::stop_token cancel) const override {
    return base_.token_ranges(text, std::move(cancel));
  }

 private:
  TestEmbedder& base_;
  std::shared_ptr<const Tokenizer> tokenizer_;
};

}  // namespace rappel
