#include "store/sqlite/documents.h"

#include <fmt/format.h>

#include "store/fields.h"
#include "store/metadata_json.h"
#include "store/sqlite/checksum.h"
#include "store/sqlite/connection.h"
#include "store/sqlite/custom_values.h"
#include "store/sqlite/row_ranges.h"

namespace rappel::sqlite {
namespace {

// id, the fields, then the columns of the store; dates take two.
std::string columns(std::string_view prefix) {
  std::string names = fmt::format("{}id", prefix);
  for (const DocumentField& field : document_fields()) {
    names += fmt::format(", {}{}", prefix, field.name);
    if (field.second_column != nullptr) names += fmt::format(", {}{}", prefix, field.second_column);
  }
  for (const char* name : {"first_row", "chunk_count", "custom", "checksum"})
    names += fmt::format(", {}{}", prefix, name);
  return names;
}

const std::string& insert_sql() {
  static const std::string sql = [] {
    const std::string names = columns("");
    std::string values = "?1";
    int parameter = 1;
    for (const char c : names)
      if (c == ',') values += fmt::format(", ?{}", ++parameter);
    return fmt::format("INSERT INTO documents({}) VALUES({})", names, values);
  }();
  return sql;
}

std::optional<std::string> custom_column(const CustomMetadata& custom) {
  return custom.empty() ? std::nullopt : std::optional(custom_text_of(custom));
}

void add_field(Checksum& sum, const std::optional<Timestamp>& date) {
  sum.add(date ? std::optional(date->text) : std::nullopt)
      .add(date ? std::optional(date->second) : std::nullopt);
}
template <class T>
void add_field(Checksum& sum, const std::optional<T>& value) {
  sum.add(value);
}

// Custom metadata came with version 2 of the format: where there is none, the sum is that of version 1.
std::int64_t checksum_of(const DocumentRow& document, const std::optional<std::string>& custom) {
  Checksum sum;
  sum.add(std::string_view(document.id));
  for (const DocumentField& field : document_fields())
    std::visit([&](auto member) { add_field(sum, document.metadata.*member); }, field.member);
  sum.add(document.rows.first).add(document.rows.count);
  if (custom) sum.add(std::string_view(*custom));
  return sum.sum();
}

std::optional<std::int64_t> optional_integer(const Statement& select, int column) {
  return select.is_null(column) ? std::nullopt : std::optional(select.integer(column));
}

// Each reads its columns and moves `column` past them; false: they contradict each other.
bool read_field(const Statement& select, int& column, std::optional<std::string>& value) {
  value = select.optional_text(column++);
  return true;
}
bool read_field(const Statement& select, int& column, std::optional<std::int64_t>& value) {
  value = optional_integer(select, column++);
  return true;
}
bool read_field(const Statement& select, int& column, std::optional<Timestamp>& value) {
  auto text = select.optional_text(column++);
  const auto second = optional_integer(select, column++);
  if (text && second) value = Timestamp{std::move(*text), *second};
  return text.has_value() == second.has_value();
}

void bind_field(Statement& insert, int& parameter, const std::optional<Timestamp>& date) {
  if (date) {
    insert.bind(parameter, std::string_view(date->text)).bind(parameter + 1, date->second);
  }
  parameter += 2;  // what is not bound is null
}
template <class T>
void bind_field(Statement& insert, int& parameter, const std::optional<T>& value) {
  insert.bind(parameter++, value);
}

}  // namespace

std::string select_documents(std::string_view condition) {
  static const std::string names = columns("d.");
  return fmt::format("SELECT {} FROM documents d WHERE {}", names, condition);
}

Result<DocumentRow> read_document(Connection& db, const Statement& select) {
  DocumentRow document;
  int column = 0;
  document.id = std::string(select.text(column++));
  bool sound = true;
  for (const DocumentField& field : document_fields())
    std::visit([&](auto member) { sound &= read_field(select, column, document.metadata.*member); },
               field.member);
  document.rows = {select.integer(column), select.integer(column + 1)};
  const std::optional<std::string> custom = select.optional_text(column + 2);
  if (!sound || checksum_of(document, custom) != select.integer(column + 3) || !plausible(document.rows))
    return db.damaged("a document's row does not have its checksum");
  if (custom) {
    auto parsed = parse_custom(*custom);
    if (!parsed.ok()) return db.damaged("the custom metadata of a document: " + parsed.status().message());
    document.metadata.custom = std::move(parsed).value();
  }
  return document;
}

Result<std::int64_t> insert_document(Connection& db, const DocumentRow& document) {
  RAPPEL_ASSIGN(Statement insert, db.prepare(insert_sql()));
  const std::optional<std::string> custom = custom_column(document.metadata.custom);
  int parameter = 1;
  insert.bind(parameter++, std::string_view(document.id));
  for (const DocumentField& field : document_fields())
    std::visit([&](auto member) { bind_field(insert, parameter, document.metadata.*member); }, field.member);
  insert.bind(parameter, document.rows.first)
      .bind(parameter + 1, document.rows.count)
      .bind(parameter + 2, custom)
      .bind(parameter + 3, checksum_of(document, custom));
  RAPPEL_TRY(insert.run());
  const std::int64_t doc = db.last_insert_row();
  RAPPEL_TRY(insert_custom_values(db, doc, document.metadata.custom));
  return doc;
}

}  // namespace rappel::sqlite
