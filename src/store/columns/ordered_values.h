// OrderedValues: the numbers or dates of a block's documents, by key and ascending, so that a condition on
// their order is a part of an array. Immutable after the build.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <tuple>
#include <vector>

#include "store/columns/term_sets.h"

namespace rappel {

template <class T>
struct OrderedEntry {
  std::uint64_t key = 0;  // the hash of a key
  T value{};
  DocumentSlot slot = 0;
  friend bool operator==(const OrderedEntry&, const OrderedEntry&) = default;
};

template <class T>
bool before(const OrderedEntry<T>& a, const OrderedEntry<T>& b) {
  return std::tie(a.key, a.value, a.slot) < std::tie(b.key, b.value, b.slot);
}

template <class T>
class OrderedValues {
 public:
  OrderedValues() = default;
  // `entries` ascend by key, value and slot.
  explicit OrderedValues(std::span<const OrderedEntry<T>> entries) {
    values_.reserve(entries.size());
    slots_.reserve(entries.size());
    for (const OrderedEntry<T>& entry : entries) {
      if (keys_.empty() || keys_.back() != entry.key) {
        keys_.push_back(entry.key);
        begins_.push_back(static_cast<std::uint32_t>(values_.size()));
      }
      values_.push_back(entry.value);
      slots_.push_back(entry.slot);
    }
    keys_.shrink_to_fit();
    begins_.shrink_to_fit();
  }

  // The values of one key, ascending, with their documents.
  struct Column {
    std::span<const T> values;
    std::span<const DocumentSlot> slots;
  };
  Column column(std::uint64_t key) const {
    const auto found = std::lower_bound(keys_.begin(), keys_.end(), key);
    if (found == keys_.end() || *found != key) return {};
    const auto at = static_cast<std::size_t>(found - keys_.begin());
    const std::size_t begin = begins_[at], end = at + 1 < begins_.size() ? begins_[at + 1] : values_.size();
    return {std::span(values_).subspan(begin, end - begin), std::span(slots_).subspan(begin, end - begin)};
  }

  // Those that it was built from.
  std::vector<OrderedEntry<T>> entries() const {
    std::vector<OrderedEntry<T>> all;
    all.reserve(values_.size());
    for (const std::uint64_t key : keys_) {
      const Column part = column(key);
      for (std::size_t i = 0; i < part.values.size(); ++i)
        all.push_back({key, part.values[i], part.slots[i]});
    }
    return all;
  }

  std::size_t bytes() const {
    return keys_.capacity() * sizeof(std::uint64_t) + begins_.capacity() * sizeof(std::uint32_t) +
           values_.capacity() * sizeof(T) + slots_.capacity() * sizeof(DocumentSlot);
  }

 private:
  std::vector<std::uint64_t> keys_;    // ascending
  std::vector<std::uint32_t> begins_;  // of each key
  std::vector<T> values_;
  std::vector<DocumentSlot> slots_;
};

}  // namespace rappel
