// Reads the concatenated rows of the parts of a Linear as float32, for packing.
#pragma once

#include <span>
#include <vector>

#include "engine/cpu/table.h"
#include "engine/device.h"

namespace rappel::cpu {

class WeightRows {
 public:
  explicit WeightRows(std::span<const LinearPart> parts);

  std::size_t inputs() const { return inputs_; }
  std::size_t outputs() const { return sources_.size(); }
  // Writes `count` rows from `first` on to `out`, `stride` floats apart; rows after the last one are zero.
  void copy(std::size_t first, std::size_t count, float* out, std::size_t stride) const;
  void copy_bias(float* out) const;

 private:
  struct Source {
    std::size_t table, row;
  };
  std::span<const LinearPart> parts_;
  std::size_t inputs_;
  std::vector<MappedTable> tables_;
  std::vector<Source> sources_;  // by output
};

}  // namespace rappel::cpu
