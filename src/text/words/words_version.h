// Names the things that the words of a text depend on: kWordRules, ICU, the stems that Snowball makes, and
// the definition of the impacts (bm25.h). Words that were stored with another version are cut again.
#pragma once

#include <string>

namespace rappel {

// Made at the first call, in milliseconds; libstemmer does not tell its version, so stems of many words stand
// for it.
const std::string& words_version();

}  // namespace rappel
