// XXH3 (64 bits) of a word: the identity of a word in the index, equal on every machine. Among a hundred
// million different words two share a hash with a probability of 0.0003.
#pragma once

#include <cstdint>
#include <string_view>

namespace rappel {

std::uint64_t word_hash(std::string_view bytes);

// Hashes of the forms of one word in one language (word_forms.h); 0: there is none.
struct FormHashes {
  std::uint64_t form = 0, unmarked = 0;
};

}  // namespace rappel
