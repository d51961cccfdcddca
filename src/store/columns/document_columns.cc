#include "store/columns/document_columns.h"

#include <algorithm>
#include <bit>
#include <limits>
#include <utility>

#include "base/check.h"
#include "index/block_groups.h"
#include "store/columns/filter_plan.h"

namespace rappel {
namespace {

// Bit i: whether slot i of the word differs from the one before.
std::uint64_t edges_of(std::uint64_t word, bool inside) { return word ^ (word << 1 | (inside ? 1 : 0)); }

// Calls visit(begin, end) for the runs of set bits.
template <class Visit>
void for_each_run(std::span<const std::uint64_t> bits, const Visit& visit) {
  std::size_t begin = 0;
  bool inside = false;
  for (std::size_t word = 0; word < bits.size(); ++word) {
    for (std::uint64_t edges = edges_of(bits[word], inside); edges != 0; edges &= edges - 1) {
      const std::size_t slot = word * 64 + static_cast<std::size_t>(std::countr_zero(edges));
      if (inside) visit(begin, slot);
      begin = slot;
      inside = !inside;
    }
  }
  if (inside) visit(begin, bits.size() * 64);
}

// At least as many as add_ranges() adds.
std::size_t count_ranges(const ColumnBlock& block, std::span<const std::uint64_t> bits) {
  std::size_t count = 1;
  std::uint64_t before = 0;
  for (const std::uint64_t word : bits) {
    const std::uint64_t begins = block.has_gaps ? word : word & ~(word << 1 | before >> 63);
    count += static_cast<std::size_t>(std::popcount(begins));
    before = word;
  }
  return count;
}

void add_ranges(const ColumnBlock& block, std::span<const std::uint64_t> bits,
                std::vector<RowRange>& ranges) {
  const std::vector<RowRange>& documents = block.documents;
  for_each_run(bits, [&](std::size_t begin, std::size_t end) {
    if (!block.has_gaps) {
      const std::int64_t first = documents[begin].first;
      return append_range(ranges, {first, documents[end - 1].first + documents[end - 1].count - first});
    }
    for (std::size_t slot = begin; slot < end; ++slot) append_range(ranges, documents[slot]);
  });
}

std::vector<std::uint64_t> live_bits(const ColumnPart& part) {
  std::vector<std::uint64_t> bits(part.block->words());
  set_bits(bits, 0, part.block->documents.size());
  if (part.dead != nullptr)
    for (std::size_t i = 0; i < bits.size(); ++i) bits[i] &= ~(*part.dead)[i];
  return bits;
}

// Merges two halves of a list whose halves ascend.
std::vector<RowRange> merged(std::vector<RowRange> a, const std::vector<RowRange>& b) {
  std::vector<RowRange> all(a.size() + b.size());
  std::ranges::merge(a, b, all.begin(), {}, &RowRange::first, &RowRange::first);
  std::vector<RowRange> joined;
  joined.reserve(all.size());
  for (const RowRange& range : all) append_range(joined, range);
  return joined;
}

// Lists that ascend become one.
std::vector<RowRange> merge_all(std::vector<std::vector<RowRange>> lists) {
  if (lists.empty()) return {};
  for (; lists.size() > 1; lists.resize((lists.size() + 1) / 2))
    for (std::size_t i = 0; i < lists.size(); i += 2) {
      std::vector<RowRange> both = std::move(lists[i]);
      if (i + 1 < lists.size()) both = merged(std::move(both), lists[i + 1]);
      lists[i / 2] = std::move(both);
    }
  return std::move(lists.front());
}

}  // namespace

DocumentColumns::DocumentColumns(bool texts, const SipKey& secret, std::size_t block_documents)
    : texts_(texts), secret_(secret), block_documents_(block_documents) {
  RAPPEL_CHECK(block_documents > 0 && block_documents <= ColumnBlock::kMostDocuments, "slots have 16 bits");
}

std::size_t DocumentColumns::bytes() const {
  std::size_t sum = 0;
  for (const ColumnPart& part : parts_)
    sum += part.block->bytes() + (part.dead ? part.dead->size() * sizeof(std::uint64_t) : 0);
  return sum;
}

std::size_t DocumentColumns::text_bytes() const {
  std::size_t sum = 0;
  for (const ColumnPart& part : parts_) sum += part.block->texts.bytes();
  return sum;
}

std::vector<RowRange> DocumentColumns::select(const Filter& filter) const {
  RAPPEL_CHECK(texts_ || !filter.reads_texts(), "columns without texts cannot look into them");
  const FilterPlan plan(filter, ColumnTerms(secret_));
  std::vector<std::vector<std::uint64_t>> bits;
  std::vector<std::size_t> counts;  // of the ranges in each list
  std::vector<std::size_t> list_of;
  std::int64_t end = std::numeric_limits<std::int64_t>::max();  // of the rows in the last list's blocks
  for (const ColumnPart& part : parts_) {
    if (part.block->documents.front().first < end) counts.push_back(0);
    end = part.block->documents.back().first + 1;
    bits.push_back(live_bits(part));
    plan.narrow(*part.block, bits.back());
    counts.back() += count_ranges(*part.block, bits.back());
    list_of.push_back(counts.size() - 1);
  }
  std::vector<std::vector<RowRange>> lists(counts.size());  // each ascends
  for (std::size_t i = 0; i < lists.size(); ++i) lists[i].reserve(counts[i]);
  for (std::size_t i = 0; i < parts_.size(); ++i) add_ranges(*parts_[i].block, bits[i], lists[list_of[i]]);
  return merge_all(std::move(lists));
}

DocumentColumnsBuilder::DocumentColumnsBuilder(DocumentColumns base)
    : next_(std::move(base)),
      terms_(next_.secret_),
      base_parts_(next_.parts_.size()),
      pending_(next_.texts_) {}

void DocumentColumnsBuilder::append(std::string_view id, const Metadata& metadata, RowRange rows) {
  if (pending_.size() == next_.block_documents_) flush();
  pending_.add(terms_, id, metadata, rows);
}

void DocumentColumnsBuilder::flush() {
  if (pending_.size() == 0) return;
  auto block = std::exchange(pending_, PendingBlock(next_.texts_)).build();
  const std::size_t live = block->documents.size();
  next_.size_ += live;
  next_.parts_.push_back({std::move(block), nullptr, live});
}

void DocumentColumnsBuilder::remove(RowRange range) {
  for (ColumnPart& part : std::span(next_.parts_).first(base_parts_)) {
    const std::size_t removed =
        mark_dead(part.dead, part.block->documents.size(), part.block->lower_bound(range.first),
                  part.block->lower_bound(range.first + range.count));
    part.live -= removed;
    next_.size_ -= removed;
  }
}

void DocumentColumnsBuilder::merge() {
  merge_parts(
      next_.parts_, next_.block_documents_, [](const ColumnBlock& block) { return block.documents.size(); },
      [](std::span<const ColumnPart> parts) { return merge_blocks(parts); });
}

DocumentColumns DocumentColumnsBuilder::finish() && {
  flush();
  merge();
  return std::move(next_);
}

}  // namespace rappel
