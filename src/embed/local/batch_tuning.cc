#include "embed/local/batch_tuning.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include <fmt/format.h>

namespace rappel {
namespace {

constexpr std::size_t kFirstTokens = 64;
constexpr double kNearly = 0.95;  // of the best speed is fast enough
constexpr int kTurns = 2;         // the first pass of a size touches fresh memory

using Times = std::vector<std::pair<std::size_t, double>>;  // tokens and seconds

// Passes of the sizes that fit into the time, kTurns times of each; the least time counts.
Result<Times> time_sizes(const BatchLimits& limits,
                         const std::function<Result<double>(std::size_t)>& seconds) {
  RAPPEL_ASSIGN(double known, seconds(kFirstTokens));
  double left = limits.time.count(), per_token = known / kFirstTokens;
  Times times;
  for (std::size_t size = kLeastBatchTokens; size <= limits.most; size *= 2) {
    if (kTurns * per_token * static_cast<double>(size) > left) break;
    RAPPEL_ASSIGN(known, seconds(size));
    left -= kTurns * known;
    per_token = known / static_cast<double>(size);
    times.emplace_back(size, known);
  }
  for (int turn = 1; turn < kTurns; ++turn)
    for (auto& [size, least] : times) {
      RAPPEL_ASSIGN(known, seconds(size));
      least = std::min(least, known);
    }
  return times;
}

}  // namespace

std::string BatchChoice::to_string() const {
  if (given) return fmt::format("{} tokens, as configured", tokens);
  if (!busy.empty()) return fmt::format("{} tokens (not measured: the machine is busy ({}))", tokens, busy);
  std::string out = fmt::format("{} tokens (", tokens);
  for (const auto& [size, speed] : measured)
    fmt::format_to(std::back_inserter(out), "{}{}: {:.0f}/s", &size == &measured.front().first ? "" : ", ",
                   size, speed);
  return out + (measured.empty() ? "too slow to compare)" : ")");
}

Result<BatchChoice> choose_batch_tokens(const BatchLimits& limits,
                                        const std::function<Result<double>(std::size_t)>& seconds) {
  const LoadSample before = limits.load();
  RAPPEL_ASSIGN(const Times times, time_sizes(limits, seconds));
  LoadReport load = describe_load(before, limits.load(), limits.threads);
  BatchChoice choice;
  if (load.busy) {
    choice.tokens = std::clamp(limits.usual, kLeastBatchTokens, std::max(kLeastBatchTokens, limits.most));
    choice.busy = std::move(load.evidence);
    return choice;
  }
  choice.tokens = kLeastBatchTokens;
  double best = 0;
  for (const auto& [size, least] : times) {
    choice.measured.emplace_back(size, static_cast<double>(size) / least);
    best = std::max(best, choice.measured.back().second);
  }
  for (const auto& [size, speed] : choice.measured) {
    if (speed < kNearly * best) continue;
    choice.tokens = size;
    break;
  }
  return choice;
}

Status repeat_sizes(const DeviceInfo& device, const ModelConfig& config, std::span<const std::int32_t> text,
                    const ForwardBatch& forward) {
  constexpr int kPasses = 3;
  PackedTokens batch;
  std::vector<std::int32_t> ids;
  for (const std::size_t tokens : device.repeated_tokens) {
    for (std::size_t i = ids.size(); i < tokens; ++i) ids.push_back(text[i % text.size()]);
    batch.clear();
    batch.append(std::span(ids).first(tokens), {}, config);
    for (int pass = 0; pass < kPasses; ++pass) RAPPEL_TRY(forward(batch));
  }
  return {};
}

Result<BatchChoice> tune_batch_tokens(const DeviceInfo& device, const ModelConfig& config,
                                      std::span<const std::int32_t> text, const ForwardBatch& forward) {
  PackedTokens batch;
  BatchLimits limits;
  limits.most = device.most_batch_tokens;
  limits.usual = device.usual_batch_tokens;
  limits.threads = device.lanes;
  return choose_batch_tokens(limits, [&](std::size_t tokens) -> Result<double> {
    batch.clear();
    for (std::size_t left = tokens; left > 0; left -= std::min(left, text.size()))
      batch.append(text.first(std::min(left, text.size())), {}, config);
    const auto start = std::chrono::steady_clock::now();
    RAPPEL_TRY(forward(batch));
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  });
}

}  // namespace rappel
