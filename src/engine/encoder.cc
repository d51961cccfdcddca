#include "engine/encoder.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <mutex>
#include <string>
#include <utility>

#include "engine/weights.h"

namespace rappel {

struct Encoder::Impl {
  std::shared_ptr<const ModelFiles> files;
  Device& device;
  EncoderWeights weights;
  std::size_t max_tokens = 0, standing_tokens = 0;
  WeightKind kind = WeightKind::kFloat32;

  std::size_t room = 0;                    // batch size, in tokens, that the buffers hold
  std::unique_ptr<Buffer> rows_a, rows_b;  // hidden rows, and the second operand of a residual
  std::unique_ptr<Buffer> attended;        // output of attention; at the end pooled rows
  std::unique_ptr<Buffer> wide;            // query, key and value; at the end ColBERT rows
  std::unique_ptr<Buffer> intermediate;    // rows_at_once() rows
  std::unique_ptr<Buffer> scores;          // one number per token or text
  std::mutex turn;

  // State of the running forward pass.
  const PackedTokens* batch = nullptr;
  HeadRequest request;
  HeadOutputs* outputs = nullptr;
  std::vector<float> first_rows;      // of the classification head: [texts, hidden]
  float* first_rows_place = nullptr;  // where the lanes write them

  Impl(std::shared_ptr<const ModelFiles> model, Device& on) : files(std::move(model)), device(on) {}
  const ModelConfig& config() const { return files->config(); }
  bool mean_pooled() const { return request.dense && config().pooling == Pooling::kMean; }
  std::size_t rows_at_once() const { return std::min(room, device.info().rows_at_once); }
  Status make_room(std::size_t tokens);
  void shrink();
  Status allocate();
  Status check(const PackedTokens& tokens, const HeadRequest& wanted) const;
  void size_outputs();
  void spoil_hidden_faults();

  // All lanes run these concurrently: they change the content of the buffers, but no member.
  void forward(Pass& pass) const;
  void after_attention(Pass& pass, const LayerWeights& layer, std::size_t rows, Buffer& x, Buffer& y) const;
  void heads(Pass& pass, Buffer& rows, bool first_only) const;
};

void Encoder::Impl::forward(Pass& pass) const {
  const AttentionShape shape{config().heads, config().hidden / config().heads, kind};
  const auto hidden = static_cast<std::size_t>(config().hidden);
  const bool first_only = !request.hidden && !request.sparse && !request.colbert && !mean_pooled();
  Buffer* x = rows_a.get();
  Buffer* y = rows_b.get();

  pass.embed({.words = weights.words.get(),
              .positions = weights.positions.get(),
              .types = weights.types.get(),
              .norm = weights.embedding_norm.get(),
              .kind = kind},
             *x);
  for (const LayerWeights& layer : weights.layers) {
    // After the last attention the heads often read only the first token of each text.
    const bool pruned = first_only && &layer == &weights.layers.back();
    const std::size_t rows = pruned ? batch->texts() : batch->tokens();
    pass.linear(*layer.query_key_value, *x, batch->tokens(), Epilogue::kNone, nullptr, *wide);
    pass.attention(*wide, shape, pruned ? Select::kFirstTokens : Select::kAllTokens, *attended);
    if (pruned) {
      pass.gather_first(*x, hidden, *y);
      std::swap(x, y);
    }
    after_attention(pass, layer, rows, *x, *y);
  }
  heads(pass, *x, first_only);
}

// Input and output of the layer are in x; y holds intermediate results.
void Encoder::Impl::after_attention(Pass& pass, const LayerWeights& layer, std::size_t rows, Buffer& x,
                                    Buffer& y) const {
  const std::size_t pieces = (rows + rows_at_once() - 1) / rows_at_once(),
                    height = (rows + pieces - 1) / pieces;
  for (std::size_t first = 0; first < rows; first += height) {
    const std::size_t count = std::min(height, rows - first);
    const OutRows in_out(x, first), middle(y, first);
    pass.linear(*layer.attention_out, {*attended, first}, count, Epilogue::kResidual, &x, middle);
    pass.layer_norm(*layer.attention_norm, count, middle);
    pass.linear(*layer.up, {y, first}, count, Epilogue::kGelu, nullptr, *intermediate);
    pass.linear(*layer.down, *intermediate, count, Epilogue::kResidual, &y, in_out);
    pass.layer_norm(*layer.output_norm, count, in_out);
  }
}

void Encoder::Impl::heads(Pass& pass, Buffer& rows, bool first_only) const {
  const std::size_t texts = batch->texts(), tokens = batch->tokens();
  const auto hidden = static_cast<std::size_t>(config().hidden);
  if (request.hidden) pass.download(rows, tokens, hidden, outputs->hidden.data());
  if (request.sparse) {
    pass.linear(*weights.sparse, rows, tokens, Epilogue::kRelu, nullptr, *scores);
    pass.download(*scores, tokens, 1, outputs->token_weights.data());
  }
  if (request.colbert) {
    const auto columns = static_cast<std::size_t>(outputs->colbert_dim);
    pass.linear(*weights.colbert, rows, tokens, Epilogue::kNone, nullptr, *wide);
    pass.l2_normalize(tokens, columns, *wide);
    pass.download_tails(*wide, columns, outputs->colbert.data());
  }
  Buffer* first = first_only ? &rows : attended.get();
  if (!first_only && (request.logits || !mean_pooled())) pass.gather_first(rows, hidden, *first);
  if (request.logits) {
    pass.download(*first, texts, hidden, first_rows_place);
    pass.linear(*weights.classify_dense, *first, texts, Epilogue::kTanh, nullptr, *wide);
    pass.linear(*weights.classify_out, *wide, texts, Epilogue::kNone, nullptr, *scores);
    pass.download(*scores, texts, 1, outputs->logits.data());
  }
  if (request.dense) {
    const auto columns = static_cast<std::size_t>(outputs->dense_dim);
    if (mean_pooled()) pass.mean_pool(rows, hidden, *first);
    if (config().normalize) pass.l2_normalize(texts, columns, *first);
    pass.download(*first, texts, columns, outputs->dense.data());
  }
}

// Replaces the buffers by buffers for this many tokens. After a failure there are none.
Status Encoder::Impl::make_room(std::size_t tokens) {
  const auto give_back = [this] {
    for (auto* buffer : {&rows_a, &rows_b, &attended, &wide, &intermediate, &scores}) buffer->reset();
    room = 0;
  };
  give_back();
  room = tokens;
  const Status status = allocate();
  if (!status.ok()) give_back();
  return status;
}

// Shrinks to the standing size. After a failure the next pass retries and reports the error.
void Encoder::Impl::shrink() {
  if (room <= standing_tokens) return;
  (void)make_room(standing_tokens);
  device.trim();
}

Status Encoder::Impl::allocate() {
  const auto hidden = static_cast<std::size_t>(config().hidden);
  const std::size_t colbert = weights.colbert ? static_cast<std::size_t>(weights.colbert->outputs()) : 0;
  const std::size_t widest = std::max(3 * hidden, colbert);
  RAPPEL_ASSIGN(rows_a, device.allocate(room, hidden));
  RAPPEL_ASSIGN(rows_b, device.allocate(room, hidden));
  RAPPEL_ASSIGN(attended, device.allocate(room, hidden));
  RAPPEL_ASSIGN(wide, device.allocate(room, widest));
  RAPPEL_ASSIGN(intermediate,
                device.allocate(rows_at_once(), static_cast<std::size_t>(config().intermediate)));
  RAPPEL_ASSIGN(scores, device.allocate(room, 1));
  return {};
}

Status Encoder::Impl::check(const PackedTokens& tokens, const HeadRequest& wanted) const {
  const auto lacks = [](const char* head, const char* tensor) {
    return Status(Code::kInvalidArgument, std::string("the model has no ") + head + " (" + tensor + ")");
  };
  if (wanted.sparse && !weights.sparse) return lacks("lexical weights", "sparse_linear");
  if (wanted.colbert && !weights.colbert) return lacks("multi-vector rows", "colbert_linear");
  if (wanted.logits && !weights.classify_out) return lacks("classification head", "classifier");
  if (wanted.dimensions < 0) return Status(Code::kInvalidArgument, "dimensions must not be negative");
  if (tokens.tokens() > max_tokens)
    return Status(Code::kInvalidArgument, "a batch of " + std::to_string(tokens.tokens()) +
                                              " tokens is over the budget of " + std::to_string(max_tokens));
  return tokens.check(config());
}

void Encoder::Impl::size_outputs() {
  const auto size = [](bool wanted, std::size_t rows, std::size_t columns, std::vector<float>& out) {
    out.resize(wanted ? rows * columns : 0);
  };
  const auto cut = [this](int dim) {
    return request.dimensions > 0 ? std::min(dim, request.dimensions) : dim;
  };
  const std::size_t texts = batch->texts(), tokens = batch->tokens();
  outputs->dense_dim = request.dense ? cut(config().hidden) : 0;
  outputs->colbert_dim = request.colbert ? cut(weights.colbert->outputs()) : 0;
  size(request.dense, texts, static_cast<std::size_t>(outputs->dense_dim), outputs->dense);
  size(request.colbert, tokens - texts, static_cast<std::size_t>(outputs->colbert_dim), outputs->colbert);
  size(request.sparse, tokens, 1, outputs->token_weights);
  size(request.logits, texts, 1, outputs->logits);
  size(request.logits, texts, static_cast<std::size_t>(config().hidden), first_rows);
  first_rows_place = first_rows.data();
  size(request.hidden, tokens, static_cast<std::size_t>(config().hidden), outputs->hidden);
}

// The tanh of the devices makes a number of NaN.
void Encoder::Impl::spoil_hidden_faults() {
  const auto hidden = static_cast<std::ptrdiff_t>(config().hidden);
  auto row = first_rows.begin();
  for (float& logit : outputs->logits) {
    if (!std::all_of(row, row + hidden, [](float x) { return std::isfinite(x); }))
      logit = std::numeric_limits<float>::quiet_NaN();
    row += hidden;
  }
}

Result<std::unique_ptr<Encoder>> Encoder::load(std::shared_ptr<const ModelFiles> files, Device& device,
                                               const EncoderOptions& options) {
  auto impl = std::make_unique<Impl>(std::move(files), device);
  impl->max_tokens = options.max_batch_tokens;
  impl->standing_tokens = options.standing_tokens > 0
                              ? std::min(options.standing_tokens, options.max_batch_tokens)
                              : options.max_batch_tokens;
  impl->kind = options.kind;
  RAPPEL_ASSIGN(impl->weights, upload_weights(*impl->files, device, options.kind));
  RAPPEL_TRY(impl->files->check());
  Status status = impl->make_room(impl->standing_tokens);
  while (status.code() == Code::kResourceExhausted && options.least_standing_tokens > 0 &&
         impl->standing_tokens / 2 >= options.least_standing_tokens) {
    impl->standing_tokens /= 2;
    status = impl->make_room(impl->standing_tokens);
  }
  RAPPEL_TRY(status);
  return std::unique_ptr<Encoder>(new Encoder(std::move(impl)));
}

Encoder::Encoder(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Encoder::~Encoder() = default;

const ModelConfig& Encoder::config() const { return impl_->config(); }
std::size_t Encoder::standing_tokens() const { return impl_->standing_tokens; }
bool Encoder::has_sparse() const { return impl_->weights.sparse != nullptr; }
bool Encoder::has_colbert() const { return impl_->weights.colbert != nullptr; }

Status Encoder::forward(const PackedTokens& tokens, const HeadRequest& request, HeadOutputs& outputs) {
  RAPPEL_TRY(impl_->check(tokens, request));
  std::lock_guard lock(impl_->turn);
  impl_->batch = &tokens;
  impl_->request = request;
  impl_->outputs = &outputs;
  impl_->size_outputs();
  if (tokens.texts() == 0) return {};
  if (tokens.tokens() > impl_->room) {
    Status room = impl_->make_room(std::max(tokens.tokens(), impl_->standing_tokens));
    // A larger batch replaced the standing buffers, and their memory has been taken since.
    if (room.code() == Code::kResourceExhausted && tokens.tokens() < impl_->standing_tokens)
      room = impl_->make_room(tokens.tokens());
    RAPPEL_TRY(room);
  }
  const Impl* impl = impl_.get();
  const Status status = impl_->device.run(tokens, [impl](Pass& pass) { impl->forward(pass); });
  impl_->shrink();
  RAPPEL_TRY(status);
  if (request.logits) impl_->spoil_hidden_faults();
  return impl_->files->check();
}

}  // namespace rappel
