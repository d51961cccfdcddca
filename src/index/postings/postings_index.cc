#include "index/postings/postings_index.h"

#include <algorithm>
#include <bit>
#include <utility>

#include "base/check.h"
#include "index/block_groups.h"
#include "index/postings/name_edits.h"
#include "index/postings/postings_search.h"
#include "index/postings/term_key.h"

namespace rappel {
namespace {

// Appended rows become a block at these sizes, so that the arrays of its building stay in the cache.
constexpr std::size_t kPendingRows = 4096, kPendingPostings = std::size_t{1} << 20;

std::int64_t end_of(const PostingsBlock& block) { return block.span().first + block.span().count; }

std::uint64_t dead_rows_with(const BlockPart& part, const PostingsTerm& term) {
  if (part.dead == nullptr) return 0;
  std::uint64_t count = 0;
  if (term.every_slot == 0) {
    const std::size_t rows = part.block->rows().size();
    for (const std::uint16_t slot : part.block->arrays().slots.subspan(term.begin, term.count()))
      count += slot < rows && is_dead(part.dead, slot) ? 1 : 0;  // a mapped file may change
    return count;
  }
  const std::uint8_t* const impacts = part.block->array(term);
  for (std::size_t word = 0; word < part.dead->size(); ++word)
    for (std::uint64_t bits = (*part.dead)[word]; bits != 0; bits &= bits - 1)
      count += impacts[word * 64 + static_cast<std::size_t>(std::countr_zero(bits))] != 0 ? 1 : 0;
  return count;
}

void mark_slots(const PostingsBlock& block, const PostingsTerm& term, std::span<std::uint64_t> marks) {
  const std::size_t rows = block.rows().size();
  if (term.every_slot == 0) {
    for (const std::uint16_t slot : block.arrays().slots.subspan(term.begin, term.count()))
      if (slot < rows) set_bit(marks, slot);  // a mapped file may change
    return;
  }
  const std::uint8_t* const impacts = block.array(term);
  for (std::size_t slot = 0; slot < rows; ++slot)
    if (impacts[slot] != 0) set_bit(marks, slot);
}

}  // namespace

PostingsIndex::PostingsIndex(std::size_t block_rows) : block_rows_(block_rows) {
  RAPPEL_CHECK(block_rows > 0 && block_rows <= PostingsBlock::kMostRows, "slots have 16 bits");
}

bool PostingsIndex::is_damaged() const {
  return std::any_of(blocks_.begin(), blocks_.end(),
                     [](const BlockPart& part) { return part.block->is_damaged(); });
}

std::vector<std::int64_t> PostingsIndex::rows() const {
  std::vector<std::int64_t> rows;
  rows.reserve(size_);
  for (const BlockPart& part : blocks_)
    for (std::size_t slot = 0; slot < part.block->rows().size(); ++slot)
      if (!is_dead(part.dead, slot)) rows.push_back(part.block->rows()[slot]);
  return rows;
}

std::size_t PostingsIndex::bytes() const {
  std::size_t sum = 0;
  for (const BlockPart& part : blocks_) sum += part.block->bytes();
  return sum;
}

std::uint64_t PostingsIndex::rows_with(std::uint64_t term) const {
  std::uint64_t sum = 0;
  for (const BlockPart& part : blocks_)
    if (const PostingsTerm* found = part.block->find(term))
      sum += found->count() - dead_rows_with(part, *found);
  return sum;
}

std::vector<RowRange> PostingsIndex::rows_with_any(std::span<const std::uint64_t> terms) const {
  std::vector<RowRange> ranges;
  for (const BlockPart& part : blocks_) {
    const auto rows = part.block->rows();
    std::vector<std::uint64_t> slots((rows.size() + 63) / 64);
    for (const std::uint64_t term : terms)
      if (const PostingsTerm* found = part.block->find(term)) mark_slots(*part.block, *found, slots);
    for (std::size_t word = 0; word < slots.size(); ++word) {
      std::uint64_t bits = part.dead == nullptr ? slots[word] : slots[word] & ~(*part.dead)[word];
      for (; bits != 0; bits &= bits - 1)
        append_range(ranges, {rows[word * 64 + static_cast<std::size_t>(std::countr_zero(bits))], 1});
    }
  }
  return ranges;
}

void PostingsIndex::visit_names(std::string_view prefix, const NameVisitor& visit) const {
  for (const BlockPart& part : blocks_) {
    const auto terms = part.block->arrays().terms;
    TermNameCursor names(part.block->arrays().names);
    names.seek(prefix);
    while (names.next() && names.name().starts_with(prefix))
      if (names.term() < terms.size()) visit(names.name(), term_of_key(terms[names.term()].key));
  }
}

void PostingsIndex::visit_similar_names(std::string_view name, int most, const NameVisitor& visit) const {
  for (const BlockPart& part : blocks_) {
    const auto terms = part.block->arrays().terms;
    TermNameCursor names(part.block->arrays().names);
    NameEdits near(name, most);
    for (bool more = names.next(); more;
         more = near.hopeless() > 0 ? names.skip(near.hopeless()) : names.next()) {
      if (near.of(names.name(), names.shared()) <= most && names.term() < terms.size())
        visit(names.name(), term_of_key(terms[names.term()].key));
    }
  }
}

std::vector<RowScore> PostingsIndex::search(const PostingsRequest& request) const {
  return PostingsSearch(blocks_, request, size_).run();
}

void PostingsIndexBuilder::append(std::int64_t row, std::span<const TermImpact> entries,
                                  std::span<const TermName> names) {
  if (pending_.rows() == std::min(kPendingRows, next_.block_rows_) || pending_.postings() >= kPendingPostings)
    flush();
  pending_.add(row, entries, names);
}

void PostingsIndexBuilder::flush() {
  if (pending_.rows() > 0) append_block(std::exchange(pending_, {}).build());
}

void PostingsIndexBuilder::append_block(std::shared_ptr<const PostingsBlock> block) {
  const std::size_t live = block->rows().size();
  append_part({std::move(block), nullptr, live});
}

void PostingsIndexBuilder::append_part(BlockPart part) {
  if (pending_.rows() > 0) flush();
  if (part.live == 0) return;
  auto& blocks = next_.blocks_;
  RAPPEL_CHECK(blocks.empty() || end_of(*blocks.back().block) <= part.block->span().first,
               "rows are appended in ascending order");
  next_.size_ += part.live;
  blocks.push_back(std::move(part));
}

bool PostingsIndexBuilder::replace(const PostingsBlock& old, std::shared_ptr<const PostingsBlock> fresh) {
  for (BlockPart& part : next_.blocks_) {
    if (part.block.get() != &old) continue;
    part.block = std::move(fresh);
    return true;
  }
  return false;
}

void PostingsIndexBuilder::remove(RowRange range) {
  auto& blocks = next_.blocks_;
  const std::int64_t end = range.first + range.count;
  if (pending_.rows() > 0 && pending_.first_row() < end) flush();
  auto part = std::partition_point(blocks.begin(), blocks.end(),
                                   [&](const BlockPart& p) { return end_of(*p.block) <= range.first; });
  for (; part != blocks.end() && part->block->span().first < end; ++part) {
    const std::size_t begin = part->block->lower_bound(0, range.first);
    const std::size_t removed =
        mark_dead(part->dead, part->block->rows().size(), begin, part->block->lower_bound(begin, end));
    part->live -= removed;
    next_.size_ -= removed;
  }
}

void PostingsIndexBuilder::retain_only(std::span<const RowRange> ranges) {
  flush();
  if (next_.blocks_.empty()) return;
  for_rows_outside(ranges, end_of(*next_.blocks_.back().block), [this](RowRange range) { remove(range); });
}

void PostingsIndexBuilder::merge() {
  merge_parts(
      next_.blocks_, next_.block_rows_, [](const PostingsBlock& block) { return block.rows().size(); },
      [](std::span<const BlockPart> parts) { return merge_blocks(parts); });
}

PostingsIndex PostingsIndexBuilder::finish() && {
  flush();
  merge();
  return std::move(next_);
}

}  // namespace rappel
