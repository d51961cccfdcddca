#include "embed/local/local_embedder.h"

#include <algorithm>
#include <cmath>
#include <unordered_map>

#include <fmt/format.h>

#include "base/cancelled.h"
#include "embed/local/finite.h"
#include "embed/local/tokenizing_turn.h"

namespace rappel {
namespace {

// 64 MB of states for a model of BGE-M3's size.
constexpr std::size_t kRawTokens = 16'384;

void scale_to_unit_length(std::vector<float>& vector) {
  double squares = 0;
  for (const float x : vector) squares += double{x} * x;
  const double scale = 1 / std::max(std::sqrt(squares), 1e-12);
  for (float& x : vector) x = static_cast<float>(x * scale);
}

Status too_long(std::size_t max_length) {
  return Status(Code::kInvalidArgument,
                fmt::format("a text has more than the {} tokens that the model reads; send shorter texts, or "
                            "allow truncation",
                            max_length))
      .with_id(kTextTooLong);
}

}  // namespace

LocalEmbedder::LocalEmbedder(const EmbedderOptions& options)
    : max_length_(options.max_length), cache_(options.cache) {}
LocalEmbedder::~LocalEmbedder() = default;

Result<std::unique_ptr<LocalEmbedder>> LocalEmbedder::load(std::string name,
                                                           std::shared_ptr<const ModelFiles> files,
                                                           Device& device, const EmbedderOptions& options) {
  const ModelConfig& config = files->config();
  if (config.head != HeadKind::kEmbedding)
    return Status(
        Code::kFailedPrecondition,
        fmt::format("model {} is a reranker and gives no embeddings; choose an embedding model such as "
                    "BAAI/bge-m3, and set this one as RERANK_MODEL",
                    name));
  std::unique_ptr<LocalEmbedder> embedder(new LocalEmbedder(options));
  embedder->max_length_ = std::min(options.max_length, static_cast<std::size_t>(config.max_length));
  embedder->identity_ = {std::move(name), config.hidden, files->identity()};
  RAPPEL_ASSIGN(embedder->tokenizer_, load_tokenizer(*files));
  RAPPEL_ASSIGN(embedder->model_,
                LocalModel::load(files, device, embedder->max_length_, "embedder", options));
  embedder->files_ = std::move(files);
  return embedder;
}

std::size_t LocalEmbedder::passage_room() const {
  const std::string& prefix = files_->config().document_prefix;
  const std::size_t taken =
      tokenizer_->special_tokens_single() + (prefix.empty() ? 0 : tokenizer_->encode_bare(prefix).size());
  return max_length_ > taken ? max_length_ - taken : 0;
}

Result<std::vector<ByteRange>> LocalEmbedder::token_ranges(std::string_view text,
                                                           std::stop_token cancel) const {
  Encoding encoding = tokenizer_->encode(text, {.offsets = true, .cancel = cancel});
  if (cancel.stop_requested()) return request_cancelled();
  return std::move(encoding.offsets);
}

bool LocalEmbedder::has_sparse() const { return model_.encoder->has_sparse(); }
bool LocalEmbedder::has_colbert() const { return model_.encoder->has_colbert(); }
std::string_view LocalEmbedder::pooling() const { return pooling_name(files_->config().pooling); }

Result<std::size_t> LocalEmbedder::length_limit(const EmbedRequest& request) const {
  const std::size_t most = request.max_length == 0 ? max_length_ : std::min(request.max_length, max_length_);
  if (most >= tokenizer_->special_tokens_single()) return most;
  return Status(Code::kInvalidArgument,
                fmt::format("max length {} does not hold the {} special tokens of a text", most,
                            tokenizer_->special_tokens_single()));
}

// Writes the input_ids.
Status LocalEmbedder::tokenize(std::span<const std::string> texts, const EmbedRequest& request,
                               std::vector<Embedding>& out) {
  EncodeOptions encode{.cancel = request.cancel};
  RAPPEL_ASSIGN(encode.max_length, length_limit(request));
  const ModelConfig& config = files_->config();
  const std::string prefix = request.role == TextRole::kQuery      ? config.query_prefix
                             : request.role == TextRole::kDocument ? config.document_prefix
                                                                   : std::string();
  std::size_t bytes = 0;
  for (const std::string& text : texts) bytes += text.size();
  TokenizingTurn turn(large_requests_, bytes);
  for (std::size_t i = 0; i < texts.size(); ++i) {
    turn.next(texts[i].size());
    if (request.cancel.stop_requested()) return request_cancelled();
    RAPPEL_TRY(encode_text(prefix.empty() ? texts[i] : prefix + texts[i], encode, request.overlong, out[i]));
  }
  return {};
}

// Writes input_ids and `cut`.
Status LocalEmbedder::encode_text(std::string_view text, const EncodeOptions& options, Overlong overlong,
                                  Embedding& out) const {
  out.input_ids = tokenizer_->encode(text, options).ids;
  if (out.input_ids.size() < options.max_length) return {};
  // It may be longer: the whole text tells, and has the tokens at its end.
  EncodeOptions whole = options;
  whole.max_length =
      overlong == Overlong::kCutBeginning ? EncodeOptions().max_length : options.max_length + 1;
  const std::vector<TokenId> ids = tokenizer_->encode(text, whole).ids;
  out.cut = ids.size() > options.max_length;
  if (!out.cut) return {};
  if (overlong == Overlong::kRefuse) return too_long(options.max_length);
  if (overlong == Overlong::kCutBeginning) {
    // The first special tokens stay.
    const std::size_t specials = tokenizer_->special_tokens_single();
    const auto kept = static_cast<std::ptrdiff_t>(options.max_length - (specials > 0 ? 1 : 0));
    std::copy(ids.end() - kept, ids.end(), out.input_ids.end() - kept);
  }
  return {};
}

// Writes input_ids and `cut`.
Status LocalEmbedder::take_ids(std::span<const std::vector<TokenId>> ids, const EmbedRequest& request,
                               std::vector<Embedding>& out) const {
  RAPPEL_ASSIGN(const std::size_t most, length_limit(request));
  for (std::size_t i = 0; i < ids.size(); ++i) {
    out[i].cut = ids[i].size() > most;
    if (out[i].cut && request.overlong == Overlong::kRefuse) return too_long(most);
    const auto kept = static_cast<std::ptrdiff_t>(std::min(ids[i].size(), most));
    const bool from_end = request.overlong == Overlong::kCutBeginning;
    const auto begin = from_end ? ids[i].end() - kept : ids[i].begin();
    out[i].input_ids.assign(begin, begin + kept);
  }
  return {};
}

Status LocalEmbedder::check_heads(const EmbedRequest& request) const {
  if ((request.sparse && !has_sparse()) || (request.colbert && !has_colbert()))
    return Status(Code::kInvalidArgument,
                  fmt::format("model {} has no {} head; ask for dense vectors, or use BAAI/bge-m3",
                              identity_.name, request.sparse && !has_sparse() ? "sparse" : "ColBERT"));
  return {};
}

Result<std::vector<Embedding>> LocalEmbedder::embed(std::span<const std::string> texts,
                                                    const EmbedRequest& request) {
  RAPPEL_TRY(check_heads(request));
  std::vector<Embedding> out(texts.size());
  RAPPEL_TRY(tokenize(texts, request, out));
  RAPPEL_TRY(compute(out, request, {}));
  return out;
}

Result<std::vector<TokenOutput>> LocalEmbedder::embed_tokens(const TokenInput& input,
                                                             const EmbedRequest& request,
                                                             const TokenRequest& more) {
  RAPPEL_TRY(check_heads(request));
  std::vector<Embedding> out(input.texts.size() + input.ids.size());
  if (input.ids.empty())
    RAPPEL_TRY(tokenize(input.texts, request, out));
  else
    RAPPEL_TRY(take_ids(input.ids, request, out));
  std::vector<std::vector<float>> hidden(more.hidden ? out.size() : 0);
  if (more.raw && !more.hidden)
    RAPPEL_TRY(compute_raw(out, request));
  else
    RAPPEL_TRY(compute(out, request, hidden));
  std::vector<TokenOutput> outputs(out.size());
  for (std::size_t i = 0; i < out.size(); ++i) {
    if (more.raw && more.hidden) out[i].dense = pooled(hidden[i], request.dimensions);
    outputs[i].embedding = std::move(out[i]);
    if (more.hidden) outputs[i].hidden = std::move(hidden[i]);
  }
  return outputs;
}

// The states that it pools take memory for every token, so only some texts are under way.
Status LocalEmbedder::compute_raw(std::span<Embedding> texts, const EmbedRequest& request) {
  while (!texts.empty()) {
    std::size_t count = 0, tokens = 0;
    while (count < texts.size() && (count == 0 || tokens + texts[count].input_ids.size() <= kRawTokens))
      tokens += texts[count++].input_ids.size();
    std::vector<std::vector<float>> hidden(count);
    RAPPEL_TRY(compute(texts.first(count), request, hidden));
    for (std::size_t i = 0; i < count; ++i) texts[i].dense = pooled(hidden[i], request.dimensions);
    texts = texts.subspan(count);
  }
  return {};
}

std::vector<float> LocalEmbedder::pooled(std::span<const float> hidden, int dimensions) const {
  const auto columns = static_cast<std::size_t>(identity_.dimension);
  const std::size_t rows = files_->config().pooling == Pooling::kCls ? 1 : hidden.size() / columns;
  const std::size_t kept = dimensions > 0 ? std::min(columns, static_cast<std::size_t>(dimensions)) : columns;
  std::vector<float> vector(kept);
  for (std::size_t column = 0; column < kept; ++column) {
    double sum = 0;
    for (std::size_t row = 0; row < rows; ++row) sum += hidden[row * columns + column];
    vector[column] = static_cast<float>(sum / static_cast<double>(rows));
  }
  return vector;
}

Status LocalEmbedder::compute(std::span<Embedding> out, const EmbedRequest& request,
                              std::span<std::vector<float>> hidden) {
  truncated_ += static_cast<std::uint64_t>(
      std::count_if(out.begin(), out.end(), [](const Embedding& text) { return text.cut; }));
  std::vector<EncodeJob> jobs(out.size());
  for (std::size_t i = 0; i < out.size(); ++i) jobs[i].ids = out[i].input_ids;
  RunOptions options;
  options.heads.dense = request.dense || request.sparse;  // ReLU hides NaN, which the dense vector shows
  options.heads.sparse = request.sparse;
  options.heads.hidden = !hidden.empty();
  options.heads.colbert = request.colbert;
  options.heads.dimensions = request.dimensions;
  options.priority = request.priority;
  options.flow = request.flow;
  options.cancel = request.cancel;
  RAPPEL_TRY(model_.scheduler->run(jobs, options));
  for (const EncodeJob& job : jobs)
    if (!all_finite(job.dense) || !all_finite(job.token_weights) || !all_finite(job.colbert) ||
        !all_finite(job.hidden))
      return not_finite(identity_.name, "EMBEDDING_PRECISION");
  for (std::size_t i = 0; i < out.size(); ++i) {
    if (request.dense) out[i].dense = std::move(jobs[i].dense);
    out[i].colbert = std::move(jobs[i].colbert);
    if (!hidden.empty()) hidden[i] = std::move(jobs[i].hidden);
    if (request.unit_length && !files_->config().normalize) scale_to_unit_length(out[i].dense);
    if (request.sparse) keep_sparse(jobs[i].token_weights, out[i]);
  }
  return {};
}

void LocalEmbedder::keep_sparse(std::span<const float> weights, Embedding& embedding) const {
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

Status LocalEmbedder::embed_claimed(std::span<const std::string> queries, QueryClaims& claims,
                                    const CallContext& call, std::vector<Embedding>& embeddings) {
  if (claims.open().empty()) return {};
  std::vector<std::string> texts;
  for (const std::size_t i : claims.open()) texts.push_back(queries[i]);
  EmbedRequest request;
  request.role = TextRole::kQuery;
  request.unit_length = true;
  request.sparse = has_sparse();
  request.flow = call.flow;
  request.cancel = call.cancel;
  RAPPEL_ASSIGN(auto embedded, embed(texts, request));
  auto next = embedded.begin();
  for (const std::size_t i : claims.open()) {
    embeddings[i].dense = std::move(next->dense);
    embeddings[i].sparse = std::move((next++)->sparse);
  }
  claims.settle(embeddings);
  return {};
}

Result<std::vector<Embedding>> LocalEmbedder::embed_queries(std::span<const std::string> queries,
                                                            const CallContext& call) {
  std::vector<Embedding> embeddings(queries.size());
  std::vector<std::size_t> busy;
  QueryClaims claims(cache_, queries, call.flow);
  for (std::size_t i = 0; i < queries.size(); ++i)
    if (claims.find_or_claim(i, embeddings[i]) == QueryCache::Lookup::kBusy) busy.push_back(i);
  RAPPEL_TRY(embed_claimed(queries, claims, call, embeddings));
  // This call holds no claim any more, so waiting for other calls is safe. Equal queries of one request end
  // up here too.
  for (const std::size_t i : busy) {
    const auto lookup = claims.wait(i, embeddings[i], call.cancel);
    if (lookup == QueryCache::Lookup::kBusy) return request_cancelled();
    RAPPEL_TRY(embed_claimed(queries, claims, call, embeddings));
  }
  return embeddings;
}

Result<BatchChoice> LocalEmbedder::warm_up() {
  std::string passage;
  for (int i = 0; i < 40; ++i) passage += "warm up ";
  const std::string texts[] = {"warm up", passage};
  // All heads, because a device may prepare each of them.
  const EmbedRequest everything{.sparse = has_sparse(), .colbert = has_colbert()};
  RAPPEL_ASSIGN(const std::vector<Embedding> warm, embed(texts, everything));
  HeadOutputs outputs;
  const auto forward = [&](const PackedTokens& batch) {
    return model_.encoder->forward(batch, {.dense = true}, outputs);
  };
  RAPPEL_TRY(repeat_sizes(model_.encoder->device(), model_.encoder->config(), warm[1].input_ids, forward));
  return model_.choose_batch(warm[1].input_ids, forward);
}

}  // namespace rappel
