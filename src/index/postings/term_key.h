// The order of terms in a block: by a bijective mixing of their bits, so that keys are evenly spread whatever
// the terms are (token ids or hashes). A term is then found by its expected place instead of a binary search.
#pragma once

#include <cstdint>

namespace rappel {

// The last steps of SplitMix64 (Steele, Lea, Flood 2014). Stored blocks depend on them.
inline std::uint64_t term_key(std::uint64_t term) {
  term = (term ^ (term >> 30)) * 0xbf58476d1ce4e5b9u;
  term = (term ^ (term >> 27)) * 0x94d049bb133111ebu;
  return term ^ (term >> 31);
}

// The term of a key.
inline std::uint64_t term_of_key(std::uint64_t key) {
  key = (key ^ (key >> 31) ^ (key >> 62)) * 0x319642b2d24d8ec3u;
  key = (key ^ (key >> 27) ^ (key >> 54)) * 0x96de1b173f119089u;
  return key ^ (key >> 30) ^ (key >> 60);
}

}  // namespace rappel
