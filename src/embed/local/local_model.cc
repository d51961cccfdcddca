#include "embed/local/local_model.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace rappel {
namespace {

LocalWeights weights_of(const ModelFiles& files, WeightKind kind) {
  LocalWeights weights{.precision = weight_kind_name(kind)};
  for (const auto& [name, tensor] : files.tensors()) {
    weights.bytes += tensor.bytes.size();
    weights.parameters += tensor.elements();
  }
  return weights;
}

}  // namespace

Result<std::shared_ptr<const Tokenizer>> load_tokenizer(const ModelFiles& files) {
  RAPPEL_ASSIGN(std::shared_ptr<const Tokenizer> tokenizer, Tokenizer::load(files.tokenizer_path()));
  const int rows = files.config().vocabulary;
  if (tokenizer->vocabulary_size() > static_cast<std::size_t>(rows))
    return Status(
        Code::kCorrupt,
        fmt::format("{} has {} tokens but the model's table has {} rows: the files do not belong together",
                    files.tokenizer_path().string(), tokenizer->vocabulary_size(), rows));
  return tokenizer;
}

Result<LocalModel> LocalModel::load(std::shared_ptr<const ModelFiles> files, Device& device,
                                    std::size_t max_length, const char* part,
                                    const LocalModelOptions& options) {
  LocalModel model;
  model.given_batch_tokens = options.batch_tokens;
  model.weights = weights_of(*files, options.kind);
  const std::size_t batch_tokens =
      options.batch_tokens != 0 ? options.batch_tokens : device.info().most_batch_tokens;
  const std::size_t workspace = std::max(batch_tokens, max_length);
  RAPPEL_ASSIGN(model.encoder,
                ResilientEncoder::load(
                    std::move(files), device,
                    {.kind = options.kind, .max_batch_tokens = workspace, .standing_tokens = batch_tokens},
                    {options.fallback, options.logger, part, options.displaced}));
  model.scheduler =
      std::make_unique<Scheduler>(*model.encoder, SchedulerOptions{.batch_tokens = batch_tokens,
                                                                   .max_waiting = options.max_waiting,
                                                                   .turn = options.turn});
  return model;
}

Result<BatchChoice> LocalModel::choose_batch(std::span<const TokenId> text, const ForwardBatch& forward) {
  if (given_batch_tokens != 0) return BatchChoice{.tokens = given_batch_tokens, .given = true};
  RAPPEL_ASSIGN(BatchChoice choice, tune_batch_tokens(encoder->device(), encoder->config(), text, forward));
  scheduler->set_batch_tokens(choice.tokens);
  return choice;
}

}  // namespace rappel
