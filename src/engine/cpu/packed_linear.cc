#include "engine/cpu/packed_linear.h"

#include <algorithm>
#include <atomic>
#include <vector>

#include "engine/cpu/table.h"

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
                                                  ThreadPool& pool) {
  const auto inputs = static_cast<std::size_t>(parts[0].weight.shape[1]), lanes = kernels.lanes;
  struct Source {
    const MappedTable* table;
    std::size_t row;
  };
  std::vector<MappedTable> tables;
  std::vector<Source> sources;  // by output
  for (const LinearPart& part : parts) tables.emplace_back(part.weight);
  for (std::size_t i = 0; i < parts.size(); ++i)
    for (std::size_t row = 0; row < static_cast<std::size_t>(parts[i].weight.shape[0]); ++row)
      sources.push_back({&tables[i], row});

  auto linear = std::make_unique<PackedLinear>(static_cast<int>(inputs), static_cast<int>(sources.size()));
  linear->panels = (sources.size() + lanes - 1) / lanes;
  const std::size_t padded = linear->panels * lanes;
  if (!linear->weights.allocate(padded * inputs) || !linear->bias.allocate(padded))
    return Status(Code::kResourceExhausted, "no memory for the weights of " + parts[0].weight.name);
  std::span<float> bias(linear->bias.data(), sources.size());
  for (const LinearPart& part : parts) {
    part.bias.to_float(bias.first(part.bias.elements()));
    bias = bias.subspan(part.bias.elements());
  }
  std::atomic<std::size_t> next{0};
  pool.run([&](Lane&) {
    const std::size_t stride =
        inputs + kRowAlign;  // a power of two would put all rows into the same few cache sets
    std::vector<float> rows(lanes * stride);
    for (std::size_t panel; (panel = next.fetch_add(1)) < linear->panels;) {
      std::fill(rows.begin(), rows.end(), 0.0f);
      for (std::size_t n = panel * lanes; n < std::min((panel + 1) * lanes, sources.size()); ++n)
        sources[n].table->copy_row(sources[n].row, rows.data() + (n - panel * lanes) * stride);
      pack_panel(rows.data(), stride, lanes, panel, *linear);
    }
  });
  return linear;
}

}  // namespace rappel::cpu
