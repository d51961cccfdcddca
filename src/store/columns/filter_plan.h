// FilterPlan: a filter prepared for evaluation on the columns of any number of blocks.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "store/columns/column_block.h"
#include "store/filter.h"

namespace rappel {

class FilterPlan {
 public:
  // `filter` must outlive the plan.
  FilterPlan(const Filter& filter, ColumnTerms terms);

  // The bits of the documents that match, among those whose bits are set in `bits`.
  void narrow(const ColumnBlock& block, std::span<std::uint64_t> bits) const;

 private:
  struct Condition {
    Filter::Op op;
    std::vector<Condition> children = {};  // of a group
    std::uint64_t key = 0, has = 0;
    std::vector<std::uint64_t> terms = {};           // each equals a wanted value
    std::vector<const MetadataValue*> numbers = {};  // wanted values that are numbers
    const MetadataValue* bound = nullptr;            // of the four orders
    const std::string* part = nullptr;               // of a text
    std::uint64_t items = 0;                         // where the block's texts have those of lists
  };
  Condition plan(const Filter& filter);
  static void mark_part(const Condition& condition, const ColumnBlock& block, std::span<std::uint64_t> bits);
  static void mark(const Condition& condition, const ColumnBlock& block, std::span<std::uint64_t> bits);
  static void narrow(const Condition& condition, const ColumnBlock& block, std::span<std::uint64_t> bits);

  ColumnTerms terms_;
  Condition root_;
};

}  // namespace rappel
