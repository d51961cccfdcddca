#include "text/double_array.h"

#include <algorithm>

namespace rappel {
namespace {

constexpr std::uint32_t kBlock = 256;
constexpr std::uint32_t kMaxCells = 1u << 23;
// Older blocks are nearly full; searching them costs more than the cells they would still give.
constexpr std::uint32_t kOpenBlocks = 16;

// Eight bytes from `at` on as a number that orders like the string.
std::uint64_t eight_bytes(std::string_view key, std::size_t at) {
  std::uint64_t out = 0;
  for (std::size_t i = at; i < at + 8; ++i)
    out = out << 8 | (i < key.size() ? static_cast<unsigned char>(key[i]) : 0u);
  return out;
}

// Sixteen bytes decide nearly every comparison without a look at the keys, which lie all over memory.
struct SortKey {
  std::uint64_t lead, second;
  std::uint32_t index;
};

// Sorted by key; of equal keys only the last of the input.
std::vector<TrieEntry> sorted_unique(const std::vector<TrieEntry>& entries) {
  std::vector<SortKey> order;
  order.reserve(entries.size());
  for (std::uint32_t i = 0; i < entries.size(); ++i)
    if (!entries[i].key.empty())
      order.push_back({eight_bytes(entries[i].key, 0), eight_bytes(entries[i].key, 8), i});
  std::sort(order.begin(), order.end(), [&](const SortKey& a, const SortKey& b) {
    if (a.lead != b.lead) return a.lead < b.lead;
    if (a.second != b.second) return a.second < b.second;
    const int by_key = entries[a.index].key.compare(entries[b.index].key);
    return by_key != 0 ? by_key < 0 : a.index < b.index;
  });
  std::vector<TrieEntry> out;
  out.reserve(order.size());
  for (const SortKey& key : order) {
    const TrieEntry& entry = entries[key.index];
    if (!out.empty() && out.back().key == entry.key)
      out.back() = entry;
    else
      out.push_back(entry);
  }
  return out;
}

}  // namespace

class DoubleArrayBuilder {
 public:
  explicit DoubleArrayBuilder(std::vector<TrieEntry> entries) : entries_(std::move(entries)) {}

  Result<DoubleArray> run() {
    add_block();  // block 0 stays empty: the base of nodes without children
    unlink_block(0);
    if (!place({0, static_cast<std::uint32_t>(entries_.size()), 0, kRoot}))
      return Status(Code::kResourceExhausted,
                    "the vocabulary is too large: its trie needs more than 8 million cells");
    while (!pending_.empty()) {
      const Node node = pending_.back();
      pending_.pop_back();
      if (!place(node))
        return Status(Code::kResourceExhausted,
                      "the vocabulary is too large: its trie needs more than 8 million cells");
    }
    out_.cells_.shrink_to_fit();
    return std::move(out_);
  }

 private:
  static constexpr std::uint32_t kRoot = 0xFFFFFFFFu;

  // Entries [first, last) share their first `depth` bytes; `cell` is the cell that leads to them.
  struct Node {
    std::uint32_t first, last, depth, cell;
  };
  struct Child {
    unsigned char label;
    std::uint32_t first, last;
  };

  // Gives the children of `node` their cells. Entries equal to the node's own prefix were taken by its
  // parent.
  bool place(const Node& node) {
    children_.clear();
    for (std::uint32_t i = node.first; i < node.last; ++i) {
      const auto label = static_cast<unsigned char>(entries_[i].key[node.depth]);
      if (children_.empty() || children_.back().label != label) children_.push_back({label, i, i});
      children_.back().last = i + 1;
    }
    if (children_.empty()) return true;
    std::uint32_t base = 0;
    if (!find_base(base)) return false;
    is_base_[base] = true;
    if (node.cell == kRoot)
      out_.root_ = base;
    else
      out_.cells_[node.cell].base_and_label |= base << 9;
    for (Child child : children_) {
      const std::uint32_t cell = base ^ child.label;
      unlink(cell);
      out_.cells_[cell].base_and_label = child.label + 1u;
      if (entries_[child.first].key.size() == node.depth + 1)
        out_.cells_[cell].value = entries_[child.first++].value;
      if (child.first < child.last) pending_.push_back({child.first, child.last, node.depth + 1, cell});
    }
    return true;
  }

  bool find_base(std::uint32_t& base) {
    for (std::uint32_t free = next_[kHead]; free != kHead; free = next_[free]) {
      base = (free - 1) ^ children_[0].label;
      if (!is_base_[base] && fits(base)) return true;
    }
    const auto block = static_cast<std::uint32_t>(out_.cells_.size());
    if (block + kBlock > kMaxCells) return false;
    add_block();
    base = block ^ children_[0].label;
    return true;
  }

  bool fits(std::uint32_t base) const {
    return std::all_of(children_.begin(), children_.end(), [&](const Child& child) {
      return out_.cells_[base ^ child.label].base_and_label == 0;
    });
  }

  // Free cells form a ring through entry 0 (kHead); cell c is entry c + 1.
  static constexpr std::uint32_t kHead = 0;

  void add_block() {
    const auto begin = static_cast<std::uint32_t>(out_.cells_.size());
    if (begin >= kOpenBlocks * kBlock) unlink_block(begin - kOpenBlocks * kBlock);
    out_.cells_.resize(begin + kBlock);
    is_base_.resize(begin + kBlock);
    next_.resize(begin + kBlock + 1);
    previous_.resize(begin + kBlock + 1);
    for (std::uint32_t entry = begin + 1; entry <= begin + kBlock; ++entry) {
      const std::uint32_t tail = previous_[kHead];
      next_[tail] = entry;
      previous_[entry] = tail;
      next_[entry] = kHead;
      previous_[kHead] = entry;
    }
  }

  void unlink(std::uint32_t cell) {
    const std::uint32_t entry = cell + 1;
    if (next_[entry] == entry) return;  // already out
    next_[previous_[entry]] = next_[entry];
    previous_[next_[entry]] = previous_[entry];
    next_[entry] = previous_[entry] = entry;
  }

  void unlink_block(std::uint32_t begin) {
    for (std::uint32_t cell = begin; cell < begin + kBlock; ++cell) unlink(cell);
  }

  std::vector<TrieEntry> entries_;
  DoubleArray out_;
  std::vector<bool> is_base_;
  std::vector<std::uint32_t> next_{0}, previous_{0};
  std::vector<Child> children_;
  std::vector<Node> pending_;
};

Result<DoubleArray> DoubleArray::build(const std::vector<TrieEntry>& entries) {
  return DoubleArrayBuilder(sorted_unique(entries)).run();
}

}  // namespace rappel
