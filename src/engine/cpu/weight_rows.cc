#include "engine/cpu/weight_rows.h"

#include <algorithm>

namespace rappel::cpu {

WeightRows::WeightRows(std::span<const LinearPart> parts)
    : parts_(parts), inputs_(static_cast<std::size_t>(parts[0].weight.shape[1])) {
  for (std::size_t i = 0; i < parts.size(); ++i) {
    tables_.emplace_back(parts[i].weight);
    for (std::size_t row = 0; row < static_cast<std::size_t>(parts[i].weight.shape[0]); ++row)
      sources_.push_back({i, row});
  }
}

void WeightRows::copy(std::size_t first, std::size_t count, float* out, std::size_t stride) const {
  for (std::size_t n = first; n < first + count; ++n, out += stride) {
    if (n < sources_.size())
      tables_[sources_[n].table].copy_row(sources_[n].row, out);
    else
      std::fill_n(out, inputs_, 0.0f);
  }
}

void WeightRows::copy_bias(float* out) const {
  for (const LinearPart& part : parts_) {
    part.bias.to_float(std::span(out, part.bias.elements()));
    out += part.bias.elements();
  }
}

}  // namespace rappel::cpu
