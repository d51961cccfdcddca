// How the blocks of a log-structured index are merged, as in a log-structured merge tree.
#pragma once

#include <cstddef>
#include <span>
#include <utility>
#include <vector>

namespace rappel {

struct BlockGroup {
  std::size_t begin = 0, end = 0;  // blocks; one alone stays as it is
  std::size_t live = 0;
};

// Groups `blocks` neighbours from the oldest block on: a block joins the ones before it unless those are at
// least twice as large, or do not fit into `most` together. Each merge thus doubles a part of the entries, or
// pays for removals. live(i): the entries of block i.
template <class Live>
std::vector<BlockGroup> group_blocks(std::size_t blocks, const Live& live, std::size_t most) {
  constexpr std::size_t kMergeRatio = 2;
  std::vector<BlockGroup> groups;
  for (std::size_t i = 0; i < blocks; ++i) {
    groups.push_back({i, i + 1, live(i)});
    while (groups.size() > 1) {
      BlockGroup& before = groups[groups.size() - 2];
      const BlockGroup& last = groups.back();
      if (before.live + last.live > most || before.live >= kMergeRatio * last.live) break;
      before.end = last.end;
      before.live += last.live;
      groups.pop_back();
    }
  }
  return groups;
}

// Merges the groups of `parts`, which have `block`, `dead` and `live`, and rewrites a block of which more
// than a quarter is dead. entries(block): all of them, dead ones too. merge(span of parts): a new block.
template <class Part, class Entries, class Merge>
void merge_parts(std::vector<Part>& parts, std::size_t most, const Entries& entries, const Merge& merge) {
  constexpr std::size_t kDeadShare = 4;
  std::erase_if(parts, [](const Part& part) { return part.live == 0; });
  std::vector<Part> kept;
  const auto live = [&](std::size_t i) { return parts[i].live; };
  for (const BlockGroup& group : group_blocks(parts.size(), live, most)) {
    const auto merged = std::span(parts).subspan(group.begin, group.end - group.begin);
    Part& first = merged.front();
    const std::size_t all = entries(*first.block);
    if (merged.size() == 1 && (all - first.live) * kDeadShare <= all) {
      kept.push_back(std::move(first));
      continue;
    }
    kept.push_back({merge(merged), nullptr, group.live});
    for (Part& part : merged) part = {};  // memory of blocks that nobody reads any more
  }
  parts = std::move(kept);
}

}  // namespace rappel
