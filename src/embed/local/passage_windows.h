// Windows of a passage that is longer than a cross-encoder reads: it is scored by its best one.
#pragma once

#include <cstddef>
#include <vector>

namespace rappel {

// Half-open, in tokens.
struct TokenWindow {
  std::size_t begin = 0, end = 0;
  bool operator==(const TokenWindow&) const = default;
};

inline constexpr std::size_t kMostWindows = 8;
// A window shorter than this says too little: the passage is cut instead.
inline constexpr std::size_t kLeastWindow = 16;

// Windows of at most `room` tokens that cover `tokens`, the last one ends with them; each shares at least a
// quarter with the one before it. One window if all fit, or if there is too little room. A passage that
// needs more than kMostWindows gets the first ones.
std::vector<TokenWindow> passage_windows(std::size_t tokens, std::size_t room);

}  // namespace rappel
