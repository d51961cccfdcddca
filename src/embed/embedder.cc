#include "embed/embedder.h"

#include <algorithm>
#include <unordered_map>

#include <fmt/format.h>

#include "embed/batches.h"

namespace rappel {

Embedder::Embedder(const EmbedderOptions& options)
    : max_length_(options.max_length), batch_tokens_(options.batch_tokens), cache_(options.cache_entries) {}
Embedder::~Embedder() = default;

Result<std::unique_ptr<Embedder>> Embedder::load(std::string name, std::shared_ptr<const ModelFiles> files,
                                                 Device& device, const EmbedderOptions& options) {
  const ModelConfig& config = files->config();
  if (config.head != HeadKind::kEmbedding)
    return Status(Code::kFailedPrecondition,
                  fmt::format("model {} is a reranker and gives no embeddings; choose an embedding model such as "
                              "BAAI/bge-m3, and set this one as RERANK_MODEL", name));
  std::unique_ptr<Embedder> embedder(new Embedder(options));
  embedder->max_length_ = std::min(options.max_length, static_cast<std::size_t>(config.max_length));
  embedder->identity_ = {std::move(name), config.hidden, files->identity()};
  RAPPEL_ASSIGN(embedder->tokenizer_, Tokenizer::load(files->tokenizer_path()));
  if (embedder->tokenizer_->vocabulary_size() > static_cast<std::size_t>(config.vocabulary))
    return Status(Code::kCorrupt,
                  fmt::format("{} has {} tokens but the model's table has {} rows: the files do not belong together",
                              files->tokenizer_path().string(), embedder->tokenizer_->vocabulary_size(),
                              config.vocabulary));
  const std::size_t workspace = std::max(options.batch_tokens, embedder->max_length_);
  RAPPEL_ASSIGN(embedder->encoder_, Encoder::load(files, device, {options.kind, workspace}));
  embedder->files_ = std::move(files);
  return embedder;
}

bool Embedder::has_sparse() const { return encoder_->has_sparse(); }
bool Embedder::has_colbert() const { return encoder_->has_colbert(); }

Result<std::vector<Embedding>> Embedder::embed(std::span<const std::string> texts, const EmbedRequest& request) {
  if ((request.sparse && !has_sparse()) || (request.colbert && !has_colbert()))
    return Status(Code::kInvalidArgument,
                  fmt::format("model {} has no {} head; ask for dense vectors, or use BAAI/bge-m3", identity_.name,
                              request.sparse && !has_sparse() ? "sparse" : "ColBERT"));
  EncodeOptions encode;
  encode.max_length = request.max_length == 0 ? max_length_ : std::min(request.max_length, max_length_);
  if (encode.max_length < tokenizer_->special_tokens_single())
    return Status(Code::kInvalidArgument, fmt::format("max length {} does not hold the {} special tokens of a text",
                                                      encode.max_length, tokenizer_->special_tokens_single()));
  const ModelConfig& config = files_->config();
  const std::string prefix = request.role == TextRole::kQuery      ? config.query_prefix
                             : request.role == TextRole::kDocument ? config.document_prefix
                                                                   : std::string();
  std::vector<Embedding> out(texts.size());
  std::vector<std::size_t> lengths(texts.size());
  for (std::size_t i = 0; i < texts.size(); ++i) {
    out[i].input_ids = tokenizer_->encode(prefix.empty() ? texts[i] : prefix + texts[i], encode).ids;
    lengths[i] = out[i].input_ids.size();
  }
  HeadRequest heads;
  heads.dense = request.dense;
  heads.sparse = request.sparse;
  heads.colbert = request.colbert;
  heads.dimensions = request.dimensions;
  for (const auto& batch : plan_batches(lengths, batch_tokens_)) RAPPEL_TRY(run_batch(batch, heads, out));
  return out;
}

Status Embedder::run_batch(std::span<const std::size_t> members, const HeadRequest& heads,
                           std::vector<Embedding>& out) {
  PackedTokens tokens;
  for (const std::size_t member : members) tokens.append(out[member].input_ids, {}, files_->config());
  HeadOutputs result;
  RAPPEL_TRY(encoder_->forward(tokens, heads, result));
  std::size_t colbert_row = 0;
  for (std::size_t i = 0; i < members.size(); ++i) {
    Embedding& embedding = out[members[i]];
    const auto begin = static_cast<std::size_t>(tokens.starts[i]);
    const std::size_t length = embedding.input_ids.size();
    if (heads.dense) {
      const auto dim = static_cast<std::size_t>(result.dense_dim);
      const auto row = result.dense.begin() + static_cast<std::ptrdiff_t>(i * dim);
      embedding.dense.assign(row, row + static_cast<std::ptrdiff_t>(dim));
    }
    if (heads.sparse) keep_sparse({result.token_weights.data() + begin, length}, embedding);
    if (heads.colbert) {
      const auto dim = static_cast<std::size_t>(result.colbert_dim);
      const auto row = result.colbert.begin() + static_cast<std::ptrdiff_t>(colbert_row * dim);
      embedding.colbert.assign(row, row + static_cast<std::ptrdiff_t>((length - 1) * dim));
      colbert_row += length - 1;
    }
  }
  return {};
}

void Embedder::keep_sparse(std::span<const float> weights, Embedding& embedding) const {
  const std::vector<TokenId>& excluded = tokenizer_->non_lexical_ids();
  std::unordered_map<TokenId, std::size_t> place;
  for (std::size_t t = 0; t < weights.size(); ++t) {
    const TokenId id = embedding.input_ids[t];
    if (!(weights[t] > 0) || std::find(excluded.begin(), excluded.end(), id) != excluded.end()) continue;
    const auto [it, fresh] = place.try_emplace(id, embedding.sparse.size());
    if (fresh) {
      embedding.sparse.emplace_back(id, weights[t]);
    } else {
      float& weight = embedding.sparse[it->second].second;
      weight = std::max(weight, weights[t]);
    }
  }
}

Result<std::vector<std::vector<float>>> Embedder::embed_queries(std::span<const std::string> queries) {
  std::vector<std::vector<float>> vectors(queries.size());
  std::vector<std::string> missing;
  std::vector<std::size_t> places;
  for (std::size_t i = 0; i < queries.size(); ++i) {
    if (auto cached = cache_.find(queries[i])) {
      vectors[i] = std::move(*cached);
    } else {
      missing.push_back(queries[i]);
      places.push_back(i);
    }
  }
  if (missing.empty()) return vectors;
  EmbedRequest request;
  request.role = TextRole::kQuery;
  RAPPEL_ASSIGN(auto embedded, embed(missing, request));
  for (std::size_t i = 0; i < missing.size(); ++i) {
    cache_.insert(missing[i], embedded[i].dense);
    vectors[places[i]] = std::move(embedded[i].dense);
  }
  return vectors;
}

Status Embedder::warm_up() {
  std::string passage;
  for (int i = 0; i < 120; ++i) passage += "warm up ";
  const std::string texts[] = {"warm up", passage};
  return embed(texts, {}).status();
}

}  // namespace rappel
