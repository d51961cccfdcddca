#include "store/sqlite/languages.h"

#include <algorithm>
#include <string>

#include "store/sqlite/connection.h"

namespace rappel::sqlite {

Result<WordLanguage> read_language(Connection& db, std::string_view code) {
  const WordLanguage language = language_of_code(code);
  if (language_code(language) != code)
    return db.damaged("there is no language \"" + std::string(code) + "\"");
  return language;
}

Status add_languages(Connection& db, const LanguageSet& languages) {
  for (std::size_t i = 0; i < languages.size(); ++i) {
    if (!languages[i]) continue;
    RAPPEL_ASSIGN(Statement insert, db.prepare("INSERT OR IGNORE INTO languages(language) VALUES(?1)"));
    RAPPEL_TRY(insert.bind(1, language_code(static_cast<WordLanguage>(i))).run());
  }
  return {};
}

Result<std::vector<WordLanguage>> read_languages(Connection& db) {
  std::vector<WordLanguage> languages;
  RAPPEL_ASSIGN(Statement select, db.prepare("SELECT language FROM languages"));
  for (;;) {
    RAPPEL_ASSIGN(const bool row, select.step());
    if (!row) break;
    RAPPEL_ASSIGN(const WordLanguage language, read_language(db, select.text(0)));
    languages.push_back(language);
  }
  std::sort(languages.begin(), languages.end());
  return languages;
}

}  // namespace rappel::sqlite
