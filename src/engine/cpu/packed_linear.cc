#include "engine/cpu/packed_linear.h"

#include <algorithm>
#include <atomic>
#include <vector>

#include "engine/cpu/weight_rows.h"

namespace rappel::cpu {
namespace {

// Interleaves `lanes` rows of inputs, `stride` apart, as one panel, in every depth block.
void pack_panel(const float* rows, std::size_t stride, std::size_t lanes, std::size_t panel,
                PackedLinear& linear) {
  const auto inputs = static_cast<std::size_t>(linear.inputs());
  for (std::size_t block = 0; block < inputs; block += kDepthBlock) {
    const std::size_t depth = std::min(kDepthBlock, inputs - block);
    float* to = linear.weights.data() + (block * linear.panels + panel * depth) * lanes;
    for (std::size_t k = 0; k < depth; ++k)
      for (std::size_t lane = 0; lane < lanes; ++lane) *to++ = rows[lane * stride + block + k];
  }
}

}  // namespace

Result<std::unique_ptr<PackedLinear>> pack_linear(std::span<const LinearPart> parts, const Kernels& kernels,
                                                  ThreadPool& pool, MemoryBudget* budget) {
  const WeightRows source(parts);
  const std::size_t inputs = source.inputs(), lanes = kernels.lanes;
  auto linear =
      std::make_unique<PackedLinear>(static_cast<int>(inputs), static_cast<int>(source.outputs()), budget);
  linear->panels = (source.outputs() + lanes - 1) / lanes;
  const std::size_t padded = linear->panels * lanes;
  if (!linear->weights.allocate(padded * inputs) || !linear->bias.allocate(padded))
    return Status(Code::kResourceExhausted, "no memory for the weights of " + parts[0].weight.name);
  source.copy_bias(linear->bias.data());
  std::atomic<std::size_t> next{0};
  pool.run([&](Lane&) {
    const std::size_t stride =
        inputs + kRowAlign;  // a power of two would map all rows to the same few cache sets
    std::vector<float> rows(lanes * stride);
    for (std::size_t panel; (panel = next.fetch_add(1)) < linear->panels;) {
      source.copy(panel * lanes, lanes, rows.data(), stride);
      pack_panel(rows.data(), stride, lanes, panel, *linear);
    }
  });
  return linear;
}

}  // namespace rappel::cpu
