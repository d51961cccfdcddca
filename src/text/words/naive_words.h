// The spellings of words.h by ICU's word boundaries and plain string operations: what WordScanner is compared
// with. Slow, for tests only.
#pragma once

#include <string>
#include <vector>

namespace rappel {

// Each word before it is folded: parts, wholes, ideographs and pairs. `text`: from a WordText.
std::vector<std::string> naive_spellings(const std::string& text);

}  // namespace rappel
