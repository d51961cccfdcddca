#include "store/sqlite/filter_sql.h"

#include "store/sqlite/connection.h"

namespace rappel::sqlite {
namespace {

constexpr std::size_t kMaxConditions = 200;

const char* column(FilterField field) {
  switch (field) {
    case FilterField::kDocumentId: return "d.id";
    case FilterField::kSource: return "d.source";
    case FilterField::kSourceId: return "d.source_id";
    case FilterField::kAuthor: return "d.author";
    case FilterField::kUrl: return "d.url";
    case FilterField::kFilename: return "d.filename";
  }
  RAPPEL_CHECK(false, "every filter field has a column");
}

void add_condition(FilterSql& sql, const char* name, const char* op,
                   std::variant<std::int64_t, std::string> value) {
  if (!sql.condition.empty()) sql.condition += " AND ";
  sql.condition += name;
  sql.condition += op;
  sql.condition += std::to_string(sql.first_parameter + static_cast<int>(sql.values.size()));
  sql.values.push_back(std::move(value));
}

Status add(FilterSql& sql, const Filter& filter) {
  if (sql.values.size() >= kMaxConditions)
    return Status(Code::kInvalidArgument,
                  "a filter has at most " + std::to_string(kMaxConditions) + " conditions");
  switch (filter.op) {
    case Filter::Op::kAll: break;
    case Filter::Op::kAnd:
      for (const Filter& child : filter.children) RAPPEL_TRY(add(sql, child));
      break;
    case Filter::Op::kEquals: add_condition(sql, column(filter.field), " = ?", filter.text); break;
    case Filter::Op::kCreatedAtOrAfter:
      add_condition(sql, "d.created_second", " >= ?", filter.seconds);
      break;
    case Filter::Op::kCreatedAtOrBefore:
      add_condition(sql, "d.created_second", " <= ?", filter.seconds);
      break;
  }
  return {};
}

}  // namespace

void FilterSql::bind(Statement& statement) const {
  int parameter = first_parameter;
  for (const auto& value : values) {
    if (const auto* text = std::get_if<std::string>(&value)) {
      statement.bind(parameter++, std::string_view(*text));
    } else {
      statement.bind(parameter++, std::get<std::int64_t>(value));
    }
  }
}

Result<FilterSql> compile_filter(const Filter& filter, int first_parameter) {
  FilterSql sql;
  sql.first_parameter = first_parameter;
  RAPPEL_TRY(add(sql, filter));
  if (sql.condition.empty()) sql.condition = "1";
  return sql;
}

}  // namespace rappel::sqlite
