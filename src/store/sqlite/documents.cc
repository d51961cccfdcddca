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

// "?1, ?2, .." for columns("").
std::string column_parameters() {
  std::string values = "?1";
  int parameter = 1;
  for (const char c : columns(""))
    if (c == ',') values += fmt::format(", ?{}", ++parameter);
  return values;
}

const std::string& insert_sql() {
  static const std::string sql =
      fmt::format("INSERT INTO documents({}) VALUES({})", columns(""), column_parameters());
  return sql;
}

const std::string& update_sql() {
  static const std::string sql =
      fmt::format("UPDATE documents SET ({}) = ({}) WHERE doc = ?", columns(""), column_parameters());
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

// Binds the parameters of columns() and returns the next one. Both arguments must live until the statement
// ran.
int bind_document(Statement& statement, const DocumentRow& document,
                  const std::optional<std::string>& custom) {
  int parameter = 1;
  statement.bind(parameter++, std::string_view(document.id));
  for (const DocumentField& field : document_fields())
    std::visit([&](auto member) { bind_field(statement, parameter, document.metadata.*member); },
               field.member);
  statement.bind(parameter, document.rows.first)
      .bind(parameter + 1, document.rows.count)
      .bind(parameter + 2, custom)
      .bind(parameter + 3, document_checksum(document, custom));
  return parameter + 4;
}

}  // namespace

std::int64_t document_checksum(const DocumentRow& document, const std::optional<std::string>& custom,
                               std::span<const DocumentField> fields) {
  Checksum sum;
  sum.add(std::string_view(document.id));
  for (const DocumentField& field : fields) {
    if (!field.in_first_format()) {
      if (!field_value(field, document.metadata)) continue;
      sum.add(std::string_view(field.name));
    }
    std::visit([&](auto member) { add_field(sum, document.metadata.*member); }, field.member);
  }
  sum.add(document.rows.first).add(document.rows.count);
  if (custom) sum.add(std::string_view(*custom));  // since version 2
  return sum.sum();
}

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
  if (!sound || document_checksum(document, custom) != select.integer(column + 3) ||
      !plausible(document.rows))
    return db.damaged("a document's row does not have its checksum");
  if (custom) {
    auto parsed = parse_custom(*custom);
    if (!parsed.ok()) return db.damaged("the custom metadata of a document: " + parsed.status().message());
    document.metadata.custom = std::move(parsed).value();
  }
  return document;
}

Result<DocumentRow> load_document(Connection& db, std::int64_t doc) {
  RAPPEL_ASSIGN(Statement select, db.prepare(select_documents("d.doc = ?1")));
  RAPPEL_ASSIGN(const bool found, select.bind(1, doc).step());
  if (!found) return db.damaged("a chunk or custom value belongs to no document");
  return read_document(db, select);
}

Result<std::int64_t> insert_document(Connection& db, const DocumentRow& document) {
  RAPPEL_ASSIGN(Statement insert, db.prepare(insert_sql()));
  const std::optional<std::string> custom = custom_column(document.metadata.custom);
  bind_document(insert, document, custom);
  RAPPEL_TRY(insert.run());
  const std::int64_t doc = db.last_insert_row();
  RAPPEL_TRY(insert_custom_values(db, doc, document.metadata.custom));
  return doc;
}

Status update_document(Connection& db, std::int64_t doc, const DocumentRow& document) {
  RAPPEL_ASSIGN(Statement update, db.prepare(update_sql()));
  const std::optional<std::string> custom = custom_column(document.metadata.custom);
  update.bind(bind_document(update, document, custom), doc);
  RAPPEL_TRY(update.run());
  RAPPEL_TRY(remove_custom_values(db, doc));
  return insert_custom_values(db, doc, document.metadata.custom);
}

}  // namespace rappel::sqlite
