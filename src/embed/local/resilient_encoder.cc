#include "embed/local/resilient_encoder.h"

#include <algorithm>
#include <utility>

#include "base/fault_id.h"
#include "base/units.h"
#include "embed/local/batch_tuning.h"

namespace rappel {
namespace {

// The texts first .. last - 1 of a batch.
PackedTokens part_of(const PackedTokens& all, std::size_t first, std::size_t last) {
  const std::int32_t begin = all.starts[first], end = all.starts[last];
  PackedTokens part;
  part.ids.assign(all.ids.begin() + begin, all.ids.begin() + end);
  part.positions.assign(all.positions.begin() + begin, all.positions.begin() + end);
  if (!all.type_ids.empty()) part.type_ids.assign(all.type_ids.begin() + begin, all.type_ids.begin() + end);
  part.starts.clear();
  for (std::size_t text = first; text <= last; ++text) part.starts.push_back(all.starts[text] - begin);
  return part;
}

// Appends the rows of later texts to those of earlier ones.
void append(HeadOutputs& all, const HeadOutputs& part) {
  const auto join = [](std::vector<float>& to, const std::vector<float>& from) {
    to.insert(to.end(), from.begin(), from.end());
  };
  all.dense_dim = part.dense_dim;
  all.colbert_dim = part.colbert_dim;
  join(all.dense, part.dense);
  join(all.token_weights, part.token_weights);
  join(all.colbert, part.colbert);
  join(all.logits, part.logits);
  join(all.hidden, part.hidden);
}

}  // namespace

ResilientEncoder::ResilientEncoder(std::shared_ptr<const ModelFiles> files, Device& device,
                                   const EncoderOptions& options, ResilienceOptions resilience)
    : files_(std::move(files)),
      device_(&device),
      options_(options),
      resilience_(std::move(resilience)),
      token_limit_(options.max_batch_tokens) {
  health_.trouble = resilience_.displaced;
  health_.fallbacks = resilience_.displaced.empty() ? 0 : 1;
}

Result<std::unique_ptr<ResilientEncoder>> ResilientEncoder::load(std::shared_ptr<const ModelFiles> files,
                                                                 Device& device,
                                                                 const EncoderOptions& options,
                                                                 ResilienceOptions resilience) {
  std::unique_ptr<ResilientEncoder> encoder(
      new ResilientEncoder(std::move(files), device, options, std::move(resilience)));
  Status status = encoder->load_on(device, options.kind);
  if (encoder->resilience_.fallback != nullptr &&
      (status.code() == Code::kResourceExhausted || status.code() == Code::kUnavailable))
    status = encoder->fall_back(status);
  RAPPEL_TRY(status);
  encoder->has_sparse_ = encoder->encoder_->has_sparse();
  encoder->has_colbert_ = encoder->encoder_->has_colbert();
  return encoder;
}

Status ResilientEncoder::load_on(Device& device, WeightKind kind) {
  EncoderOptions options = options_;
  options.kind = kind;
  options.least_standing_tokens = kLeastBatchTokens;
  RAPPEL_ASSIGN(auto loaded, Encoder::load(files_, device, options));
  if (encoder_) lost_ = std::move(encoder_);
  encoder_ = std::move(loaded);
  const std::size_t kept = encoder_->standing_tokens();
  const std::size_t wanted = options.standing_tokens > 0 ? options.standing_tokens : options.max_batch_tokens;
  token_limit_.store(kept < wanted ? kept : options_.max_batch_tokens, std::memory_order_relaxed);
  if (kept < wanted && resilience_.logger != nullptr)
    resilience_.logger->warn("{}: {} has no memory for batches of {} tokens; batches of {} from now on{}",
                             resilience_.name, device.info().name, wanted, kept, fault_mark("device-memory"));
  std::lock_guard lock(mutex_);
  device_ = &device;
  health_.device = device.info().description;
  health_.kind = kind;
  return {};
}

// Ok if the model is on the fallback device now; else the error for its callers.
Status ResilientEncoder::fall_back(const Status& trouble) {
  Device* to = resilience_.fallback;
  Logger* logger = resilience_.logger;
  const std::string from = device_->info().description;
  if (to == nullptr || to == device_) {
    // Without a reranker the server still answers queries, so its loss is another fault.
    const std::string mark =
        resilience_.name == "reranker" ? fault_mark("reranker-refused") : fault_mark("device-refused");
    if (lose(from + " failed: " + trouble.message() + ", and nothing else may compute" + mark) &&
        logger != nullptr)
      logger->error(
          "{}: {} failed ({}) and nothing else may compute: restart, or allow the CPU "
          "(DEVICE_FALLBACK=true){}",
          resilience_.name, from, trouble.to_string(), mark);
    return trouble;
  }
  if (logger != nullptr)
    logger->error("{}: {} failed ({}); loading the model on {}{}", resilience_.name, from,
                  trouble.to_string(), to->info().description, fault_mark("device-lost"));
  const WeightKind form = to->form_of(options_.kind), kind = to->supports(form) ? form : to->info().preferred;
  // Batch sizes for a GPU would make queries wait on a CPU.
  std::size_t& standing = options_.standing_tokens;
  standing = std::min(standing > 0 ? standing : options_.max_batch_tokens, to->info().most_batch_tokens);
  if (const Status status = load_on(*to, kind); !status.ok()) {
    if (logger != nullptr)
      logger->error("{}: the fallback failed too: {}{}", resilience_.name, status.to_string(),
                    fault_mark("device-lost"));
    lose(from + " failed: " + trouble.message() + "; so did " + to->info().name + ": " + status.message() +
         fault_mark("device-lost"));
    return trouble;
  }
  token_limit_.store(std::min(token_limit(), to->info().most_batch_tokens), std::memory_order_relaxed);
  if (logger != nullptr)
    logger->warn("{}: ready on {}, slower than before", resilience_.name, to->info().description);
  std::lock_guard lock(mutex_);
  ++health_.fallbacks;
  health_.lost = false;
  health_.trouble = from + " failed: " + trouble.message() + fault_mark("device-lost");
  return {};
}

// True the first time.
bool ResilientEncoder::lose(const std::string& why) {
  std::lock_guard lock(mutex_);
  health_.trouble = why;
  return !std::exchange(health_.lost, true);
}

Status ResilientEncoder::forward(const PackedTokens& tokens, const HeadRequest& request,
                                 HeadOutputs& outputs) {
  Status status = attempt(tokens, request, outputs);
  // A device that cannot run this model (its library refuses a product) counts as lost for it.
  if (status.code() == Code::kCorrupt && lose(status.message() + fault_mark("model-damaged")) &&
      resilience_.logger != nullptr)
    resilience_.logger->error("{}: {}{}", resilience_.name, status.to_string(), fault_mark("model-damaged"));
  const bool refused = status.code() == Code::kUnsupported && resilience_.fallback != nullptr &&
                       resilience_.fallback != device_;
  if (status.code() != Code::kUnavailable && !refused) return status;
  RAPPEL_TRY(fall_back(status));
  return attempt(tokens, request, outputs);
}

// One batch on the current device, in as many passes as its memory requires.
Status ResilientEncoder::attempt(const PackedTokens& tokens, const HeadRequest& request,
                                 HeadOutputs& outputs) {
  const auto start = std::chrono::steady_clock::now();
  Status status = encoder_->forward(tokens, request, outputs);
  if (status.ok()) log_pass(tokens, start);
  if (status.code() != Code::kResourceExhausted) return status;
  {
    std::lock_guard lock(mutex_);
    ++health_.memory_retries;
  }
  device_->trim();
  if (tokens.texts() > 1) return in_halves(tokens, request, outputs);
  status = encoder_->forward(tokens, request, outputs);
  if (status.code() != Code::kResourceExhausted) return status;
  return status.with_context("a text of " + std::to_string(tokens.tokens()) + " tokens");
}

void ResilientEncoder::log_pass(const PackedTokens& tokens,
                                std::chrono::steady_clock::time_point start) const {
  Logger* logger = resilience_.logger;
  if (logger == nullptr || !logger->enabled(LogLevel::kDebug)) return;
  const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - start;
  logger->debug("{}: {}: a pass of {} in {} took {:.2f} ms; {} of the device's memory in use",
                resilience_.name, device_->info().name, count_text(tokens.tokens(), "token"),
                count_text(tokens.texts(), "text"), took.count(),
                bytes_text(static_cast<double>(device_->memory().used)));
}

Status ResilientEncoder::in_halves(const PackedTokens& tokens, const HeadRequest& request,
                                   HeadOutputs& outputs) {
  const std::size_t limit = std::max(tokens.tokens() / 2, kLeastBatchTokens);
  if (limit < token_limit()) {
    token_limit_.store(limit, std::memory_order_relaxed);
    if (resilience_.logger != nullptr)
      resilience_.logger->warn("{}: {} has no memory for a batch of {} tokens; batches of {} from now on{}",
                               resilience_.name, device_->info().name, tokens.tokens(), limit,
                               fault_mark("device-memory"));
  }
  // Halves by tokens, with a text in each.
  const auto middle = static_cast<std::int32_t>(tokens.tokens() / 2);
  const auto cut =
      std::upper_bound(tokens.starts.begin() + 1, tokens.starts.end() - 2, middle) - tokens.starts.begin();
  outputs = {};
  HeadOutputs part;
  for (const auto& [first, last] : {std::pair{std::size_t{0}, static_cast<std::size_t>(cut)},
                                    std::pair{static_cast<std::size_t>(cut), tokens.texts()}}) {
    RAPPEL_TRY(attempt(part_of(tokens, first, last), request, part));
    append(outputs, part);
  }
  return {};
}

EncoderHealth ResilientEncoder::health() const {
  std::lock_guard lock(mutex_);
  EncoderHealth health = health_;
  health.memory = device_->memory();
  return health;
}

DeviceInfo ResilientEncoder::device() const {
  std::lock_guard lock(mutex_);
  return device_->info();
}

}  // namespace rappel
