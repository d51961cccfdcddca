#include "index/postings/block_merge.h"

#include <algorithm>
#include <limits>
#include <string_view>
#include <utility>

#include "base/check.h"
#include "index/postings/owned_postings.h"

namespace rappel {
namespace {

constexpr std::uint32_t kGone = std::numeric_limits<std::uint32_t>::max();

// Reads the terms of a part in order.
class Source {
 public:
  // Appends the live rows; `rows` are the slots of the merged block.
  Source(const BlockPart& part, std::vector<std::int64_t>& rows) : block_(*part.block) {
    slots_.reserve(block_.rows().size());
    for (std::size_t slot = 0; slot < block_.rows().size(); ++slot) {
      slots_.push_back(is_dead(part.dead, slot) ? kGone : static_cast<std::uint32_t>(rows.size()));
      if (slots_.back() != kGone) rows.push_back(block_.rows()[slot]);
    }
  }
  bool at_end() const { return at_ == block_.arrays().terms.size(); }
  std::uint64_t key() const { return block_.arrays().terms[at_].key; }
  // Appends the postings of the term and goes to the next one.
  void copy_term(OwnedPostings& to) {
    const PostingsTerm& term = block_.arrays().terms[at_++];
    places_.push_back(static_cast<std::uint32_t>(to.terms()));
    if (term.every_slot == 1) {
      const std::uint8_t* const impacts = block_.array(term);
      for (std::size_t slot = 0; slot < slots_.size(); ++slot)
        if (impacts[slot] != 0) copy(slot, impacts[slot], to);
    } else {
      for (std::size_t i = term.begin; i < term.begin + std::size_t{term.count()}; ++i)
        copy(block_.arrays().slots[i], block_.arrays().impacts[i], to);
    }
  }

  // The last term that was copied has no row any more.
  void forget_term() { places_.back() = kGone; }

  // After all terms. Goes to the next name whose term is still there; false: there is none.
  bool next_name() {
    while (names_.next())
      if (names_.term() < places_.size() && places_[names_.term()] != kGone) return true;
    return false;
  }
  // The name, and the place of its term in the merged block.
  std::pair<std::string_view, std::uint32_t> name() const { return {names_.name(), places_[names_.term()]}; }

 private:
  void copy(std::size_t slot, std::uint8_t impact, OwnedPostings& to) const {
    if (slots_[slot] != kGone) to.push(static_cast<std::uint16_t>(slots_[slot]), impact);
  }

  const PostingsBlock& block_;
  std::vector<std::uint32_t> slots_;  // in the merged block
  std::size_t at_ = 0;
  std::vector<std::uint32_t> places_;  // of the terms, in the merged block
  TermNameCursor names_{block_.arrays().names};
};

void merge_names(std::vector<Source>& sources, TermNameWriter& to) {
  std::vector<Source*> left;
  for (Source& source : sources)
    if (source.next_name()) left.push_back(&source);
  while (!left.empty()) {
    const auto least = std::min_element(
        left.begin(), left.end(), [](const Source* a, const Source* b) { return a->name() < b->name(); });
    to.add((*least)->name().first, (*least)->name().second);
    if (!(*least)->next_name()) left.erase(least);
  }
}

}  // namespace

std::shared_ptr<const PostingsBlock> merge_blocks(std::span<const BlockPart> parts) {
  std::vector<std::int64_t> rows;
  std::vector<Source> sources;
  std::size_t postings = 0;
  for (const BlockPart& part : parts) {
    sources.emplace_back(part, rows);
    postings += part.block->arrays().slots.size();
  }
  RAPPEL_CHECK(rows.size() <= PostingsBlock::kMostRows, "merged rows fit into a block");
  OwnedPostings merged(std::move(rows));
  merged.reserve(postings);
  while (true) {
    std::uint64_t key = std::numeric_limits<std::uint64_t>::max();
    bool any = false;
    for (const Source& source : sources) {
      if (source.at_end()) continue;
      key = std::min(key, source.key());
      any = true;
    }
    if (!any) break;
    std::vector<Source*> with;
    for (Source& source : sources) {
      if (source.at_end() || source.key() != key) continue;
      source.copy_term(merged);
      with.push_back(&source);
    }
    const std::size_t terms = merged.terms();
    merged.end_term(key);
    if (merged.terms() == terms)
      for (Source* const source : with) source->forget_term();
  }
  merge_names(sources, merged.names());
  return OwnedPostings::finish(std::move(merged));
}

}  // namespace rappel
