#include "text/words/word_hash.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

namespace rappel {

std::uint64_t word_hash(std::string_view bytes) { return XXH3_64bits(bytes.data(), bytes.size()); }

}  // namespace rappel
