// Which neighbouring blocks of a log-structured index are merged, as in a log-structured merge tree.
#pragma once

#include <cstddef>
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

}  // namespace rappel
