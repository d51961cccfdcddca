#include "embed/local/passage_windows.h"

#include <algorithm>

namespace rappel {

std::vector<TokenWindow> passage_windows(std::size_t tokens, std::size_t room) {
  if (tokens <= room || room < kLeastWindow) return {{0, tokens}};
  const std::size_t step = room - room / 4;
  std::vector<TokenWindow> windows;
  for (std::size_t begin = 0; windows.size() < kMostWindows; begin += step) {
    if (begin + room >= tokens) {
      windows.push_back({tokens - room, tokens});
      break;
    }
    windows.push_back({begin, begin + room});
  }
  return windows;
}

}  // namespace rappel
