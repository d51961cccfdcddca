#include "embed/local/batch_tuning.h"

#include <algorithm>
#include <iterator>

#include <fmt/format.h>

namespace rappel {
namespace {

constexpr std::size_t kFirstTokens = 64;
constexpr std::chrono::duration<double> kTuningLimit{0.5};
constexpr double kNearly = 0.95;  // this share of the best speed is enough

}  // namespace

std::string BatchChoice::to_string() const {
  if (given) return fmt::format("{} tokens, as configured", tokens);
  std::string out = fmt::format("{} tokens (", tokens);
  for (const auto& [size, speed] : measured)
    fmt::format_to(std::back_inserter(out), "{}{}: {:.0f}/s", &size == &measured.front().first ? "" : ", ",
                   size, speed);
  return out + (measured.empty() ? "too slow to compare)" : ")");
}

Result<BatchChoice> choose_batch_tokens(std::chrono::duration<double> limit, std::size_t most,
                                        const std::function<Result<double>(std::size_t)>& seconds) {
  constexpr int kPasses = 2;  // the first one touches fresh memory
  BatchChoice choice;
  choice.tokens = kLeastBatchTokens;
  RAPPEL_ASSIGN(double known, seconds(kFirstTokens));
  double left = limit.count(), best = 0, per_token = known / kFirstTokens;
  for (std::size_t size = kLeastBatchTokens; size <= most; size *= 2) {
    if (kPasses * per_token * static_cast<double>(size) > left) break;
    double fastest = 0;
    for (int pass = 0; pass < kPasses; ++pass) {
      RAPPEL_ASSIGN(known, seconds(size));
      left -= known;
      fastest = pass == 0 ? known : std::min(fastest, known);
    }
    per_token = fastest / static_cast<double>(size);
    choice.measured.emplace_back(size, 1 / per_token);
    best = std::max(best, 1 / per_token);
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
  return choose_batch_tokens(
      kTuningLimit, device.most_batch_tokens, [&](std::size_t tokens) -> Result<double> {
        batch.clear();
        for (std::size_t left = tokens; left > 0; left -= std::min(left, text.size()))
          batch.append(text.first(std::min(left, text.size())), {}, config);
        const auto start = std::chrono::steady_clock::now();
        RAPPEL_TRY(forward(batch));
        return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
      });
}

}  // namespace rappel
