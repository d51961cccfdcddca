// The rows of a Linear's parts one behind the other, as float32, to pack them from.
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
  // `count` rows from `first` on, `stride` floats apart in `out`; zeros for those beyond the last.
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
