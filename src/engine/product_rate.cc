#include "engine/product_rate.h"

#include <algorithm>
#include <chrono>
#include <vector>

#include "engine/packed_tokens.h"

namespace rappel {
namespace {

constexpr std::size_t kRows = 512;
constexpr double kPassOperations =
    5e9;  // some ten milliseconds: much longer than the start of a pass, shorter than a time slice

}  // namespace

Result<double> product_rate(Device& device, WeightKind kind, int inputs, int outputs, double seconds) {
  using Clock = std::chrono::steady_clock;
  const auto in_columns = static_cast<std::size_t>(inputs), out_columns = static_cast<std::size_t>(outputs);
  std::vector<float> weights(in_columns * out_columns);
  for (std::size_t i = 0; i < weights.size(); ++i)
    weights[i] = static_cast<float>(i * 7919 % 257) * 1e-4f - 0.0128f;
  const std::vector<float> bias(out_columns);
  const LinearPart part{
      {"weight", DType::kF32, {outputs, inputs}, std::as_bytes(std::span(weights)), "a measurement"},
      {"bias", DType::kF32, {outputs}, std::as_bytes(std::span(bias)), "a measurement"}};
  RAPPEL_ASSIGN(const auto linear, device.upload_linear({&part, 1}, kind, {}));
  RAPPEL_ASSIGN(const auto in, device.allocate(kRows, in_columns));
  RAPPEL_ASSIGN(const auto out, device.allocate(kRows, out_columns));

  PackedTokens batch;
  batch.ids.assign(kRows, 0);
  batch.positions.assign(kRows, 0);
  batch.starts = {0, static_cast<std::int32_t>(kRows)};
  const double product = 2.0 * static_cast<double>(kRows) * inputs * outputs;
  const int repeats = std::max(1, static_cast<int>(kPassOperations / product));
  std::vector<float> corners(static_cast<std::size_t>(
      repeats));  // read the result, because a device may skip a product that is not read
  double best = 0;
  const auto begin = Clock::now();
  for (int pass = 0; pass < 2 || std::chrono::duration<double>(Clock::now() - begin).count() < seconds;
       ++pass) {
    const auto start = Clock::now();
    RAPPEL_TRY(device.run(batch, [&](Pass& lane) {
      for (float& corner : corners) {
        lane.linear(*linear, *in, kRows, Epilogue::kNone, nullptr, *out);
        lane.download(*out, 1, 1, &corner);
      }
    }));
    best = std::max(best, product * repeats / std::chrono::duration<double>(Clock::now() - start).count());
  }
  return best;
}

}  // namespace rappel
