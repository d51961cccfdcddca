#include "store/sqlite/custom_values.h"

#include <optional>
#include <string>
#include <string_view>

#include "store/sqlite/connection.h"

namespace rappel::sqlite {
namespace {

// Writes the rows of one key.
class Rows {
 public:
  Rows(Statement& insert, std::int64_t doc, const std::string& key) : insert_(insert), doc_(doc), key_(key) {}

  Status operator()(const std::string& text) { return write(kTextValue, text); }
  Status operator()(std::int64_t number) { return write(kNumberValue, number); }
  Status operator()(double number) { return write(kNumberValue, number); }
  Status operator()(bool flag) { return write(kBooleanValue, std::int64_t{flag}); }
  Status operator()(const Timestamp& date) { return write(kDateValue, date.text, date.second); }
  Status operator()(const std::vector<std::string>& list) {
    if (list.empty()) return write_row(kListValue, std::nullopt);
    for (const std::string& item : list) RAPPEL_TRY(write(kListValue, item));
    return {};
  }

 private:
  template <class Value>
  Status write(char type, const Value& value, std::optional<std::int64_t> second = {}) {
    if constexpr (std::is_same_v<Value, std::string>)
      insert_.bind(5, std::string_view(value));
    else if constexpr (std::is_same_v<Value, double>)
      insert_.bind_real(5, value);
    else
      insert_.bind(5, value);
    return write_row(type, second);
  }

  Status write_row(char type, std::optional<std::int64_t> second) {
    insert_.bind(1, doc_)
        .bind(2, std::string_view(key_))
        .bind(3, item_++)
        .bind(4, std::string_view(&type, 1));
    return insert_.bind(6, second).run();
  }

  Statement& insert_;
  std::int64_t doc_;
  const std::string& key_;
  std::int64_t item_ = 0;
};

}  // namespace

Status insert_custom_values(Connection& db, std::int64_t doc, const CustomMetadata& custom) {
  for (const auto& [key, value] : custom) {
    RAPPEL_ASSIGN(Statement insert,
                  db.prepare("INSERT INTO custom_values(doc, key, item, type, value, second) "
                             "VALUES(?1, ?2, ?3, ?4, ?5, ?6)"));
    RAPPEL_TRY(std::visit(Rows(insert, doc, key), value));
  }
  return {};
}

Status remove_custom_values(Connection& db, std::int64_t doc) {
  RAPPEL_ASSIGN(Statement erase, db.prepare("DELETE FROM custom_values WHERE doc = ?1"));
  return erase.bind(1, doc).run();
}

}  // namespace rappel::sqlite
