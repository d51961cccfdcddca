#include "store/sqlite/word_query.h"

#include <sqlite3.h>

#include <unordered_set>

#include "store/sqlite/connection.h"

namespace rappel::sqlite {
namespace {

constexpr std::size_t kMaxWords = 1000;

fts5_api* fts5_of(sqlite3* db) {
  fts5_api* api = nullptr;
  sqlite3_stmt* statement = nullptr;
  if (sqlite3_prepare_v2(db, "SELECT fts5(?1)", -1, &statement, nullptr) == SQLITE_OK) {
    sqlite3_bind_pointer(statement, 1, &api, "fts5_api_ptr", nullptr);
    sqlite3_step(statement);
  }
  sqlite3_finalize(statement);
  return api;
}

struct Words {
  std::string expression;
  std::unordered_set<std::string> seen;
};

int add_word(void* context, int, const char* token, int size, int, int) {
  Words& words = *static_cast<Words*>(context);
  std::string word(token, static_cast<std::size_t>(size));
  if (words.seen.size() >= kMaxWords || !words.seen.insert(word).second) return SQLITE_OK;
  if (!words.expression.empty()) words.expression += " OR ";
  words.expression += '"';
  for (const char c : word) {
    words.expression += c;
    if (c == '"') words.expression += c;
  }
  words.expression += '"';
  return SQLITE_OK;
}

}  // namespace

Result<std::string> word_query(Connection& db, std::string_view text) {
  fts5_api* api = fts5_of(db.handle());
  if (api == nullptr) return Status(Code::kUnsupported, "this SQLite has no FTS5: install one that has it");
  fts5_tokenizer tokenizer{};
  void* user_data = nullptr;
  if (const int rc = api->xFindTokenizer(api, "unicode61", &user_data, &tokenizer); rc != SQLITE_OK)
    return db.failure(rc);
  const char* arguments[] = {"remove_diacritics", "2"};
  Fts5Tokenizer* instance = nullptr;
  if (const int rc = tokenizer.xCreate(user_data, arguments, 2, &instance); rc != SQLITE_OK)
    return db.failure(rc);
  Words words;
  const int rc = tokenizer.xTokenize(instance, &words, FTS5_TOKENIZE_QUERY, text.data(),
                                     static_cast<int>(std::min<std::size_t>(text.size(), 1 << 24)), add_word);
  tokenizer.xDelete(instance);
  if (rc != SQLITE_OK) return db.failure(rc);
  return std::move(words.expression);
}

}  // namespace rappel::sqlite
