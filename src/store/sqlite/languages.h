// Languages of stored chunks, as their codes: column chunks.language, and table `languages` with every
// language that a chunk ever had, in which queries are stemmed.
#pragma once

#include <bitset>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "text/words/language.h"

namespace rappel::sqlite {

class Connection;

using LanguageSet = std::bitset<kWordLanguages>;

// kCorrupt: no code of a language. "" is WordLanguage::kOther.
Result<WordLanguage> read_language(Connection& db, std::string_view code);

Status add_languages(Connection& db, const LanguageSet& languages);
// In the order of their numbers.
Result<std::vector<WordLanguage>> read_languages(Connection& db);

}  // namespace rappel::sqlite
