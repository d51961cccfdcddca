// TokenLevel and TokenEmbedder: what a model on this machine gives below whole texts: its tokenizer and its
// weights, and for embedders texts that are token ids, hidden states and vectors before normalization. A
// remote model has none of it; the functions at the end find out. Threads and errors as in embedder.h.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "embed/embedder.h"
#include "embed/reranker.h"

namespace rappel {

struct LocalWeights {
  std::string_view precision = "float32";  // of the computation, named as in EMBEDDING_PRECISION
  std::size_t bytes = 0;                   // of the tensors in the model's files
  std::size_t parameters = 0;              // their numbers
};

class TokenLevel {
 public:
  virtual ~TokenLevel() = default;
  virtual const Tokenizer& token_level_tokenizer() const = 0;
  virtual LocalWeights weights() const = 0;
};

// Texts, or token ids of the model with their special tokens; the other one is empty.
struct TokenInput {
  std::span<const std::string> texts;
  std::span<const std::vector<TokenId>> ids;
};

struct TokenRequest {
  bool hidden = false;  // the last hidden state of each token
  bool raw = false;     // dense vectors as they are pooled, even if the model normalizes
};

struct TokenOutput {
  Embedding embedding;
  std::vector<float> hidden;  // row-major, a row for each of the input_ids
};

class TokenEmbedder : public TokenLevel {
 public:
  virtual Result<std::vector<TokenOutput>> embed_tokens(const TokenInput& input, const EmbedRequest& request,
                                                        const TokenRequest& more) = 0;
  virtual std::string_view pooling() const = 0;  // "cls" or "mean"
};

// Null: the model gives nothing below texts.
inline TokenEmbedder* token_embedder(Embedder& embedder) { return dynamic_cast<TokenEmbedder*>(&embedder); }
inline const TokenLevel* token_level(const Embedder& embedder) {
  return dynamic_cast<const TokenLevel*>(&embedder);
}
inline const TokenLevel* token_level(const Reranker& reranker) {
  return dynamic_cast<const TokenLevel*>(&reranker);
}
inline const Tokenizer* own_tokenizer(const Reranker& reranker) {
  const TokenLevel* level = token_level(reranker);
  return level ? &level->token_level_tokenizer() : nullptr;
}

}  // namespace rappel
