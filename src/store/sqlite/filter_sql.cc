#include "store/sqlite/filter_sql.h"

#include <fmt/format.h>

#include <optional>
#include <string_view>

#include "store/sqlite/connection.h"
#include "store/sqlite/custom_values.h"

namespace rappel::sqlite {
namespace {

using Op = Filter::Op;
using SqlValue = std::variant<std::int64_t, double, std::string>;

const char* operator_of(Op op) {
  switch (op) {
    case Op::kLess: return "<";
    case Op::kLessOrEqual: return "<=";
    case Op::kGreater: return ">";
    case Op::kGreaterOrEqual: return ">=";
    default: return nullptr;
  }
}

// The three kinds of values that SQLite compares; a value is of one of them.
std::optional<SqlValue> text_value(const MetadataValue& value) {
  if (const auto* date = std::get_if<Timestamp>(&value)) return date->text;
  if (const auto* text = std::get_if<std::string>(&value)) return *text;
  return std::nullopt;
}

std::optional<SqlValue> number_value(const MetadataValue& value) {
  if (const auto* whole = std::get_if<std::int64_t>(&value)) return *whole;
  if (const auto* number = std::get_if<double>(&value)) return *number;
  return std::nullopt;
}

std::optional<SqlValue> boolean_value(const MetadataValue& value) {
  if (const auto* flag = std::get_if<bool>(&value)) return std::int64_t{*flag};
  return std::nullopt;
}

std::optional<SqlValue> second_value(const MetadataValue& value) {
  if (const auto* date = std::get_if<Timestamp>(&value)) return date->second;
  return std::nullopt;
}

using ToSql = std::optional<SqlValue> (*)(const MetadataValue&);

class Compiler {
 public:
  explicit Compiler(FilterSql& sql) : sql_(sql) {}

  std::string condition(const Filter& filter) {
    switch (filter.op) {
      case Op::kAll: return "1";
      case Op::kAnd: return joined(filter.children, " AND ", "1");
      case Op::kOr: return joined(filter.children, " OR ", "0");
      case Op::kNot: return fmt::format("({}) IS NOT TRUE", condition(filter.children.at(0)));
      default: return of_key(filter);
    }
  }

 private:
  std::string joined(const std::vector<Filter>& children, const char* with, const char* if_empty) {
    std::string all;
    for (const Filter& child : children) {
      if (!all.empty()) all += with;
      all += "(" + condition(child) + ")";
    }
    return all.empty() ? if_empty : all;
  }

  std::string of_key(const Filter& filter) {
    if (filter.key == kDocumentIdKey) return column_condition(filter, "d.id", "", text_value);
    const DocumentField* const field = find_field(filter.key);
    if (field == nullptr) return custom_condition(filter);
    const std::string second =
        field->second_column == nullptr ? "" : fmt::format("d.{}", field->second_column);
    return column_condition(filter, fmt::format("d.{}", field->name), second,
                            field->type == FieldType::kInteger ? number_value : text_value);
  }

  // A value of another type than the column's is left out before SQLite could convert it.
  std::string column_condition(const Filter& filter, const std::string& column, const std::string& second,
                               ToSql to_sql) {
    if (filter.op == Op::kExists) return column + " IS NOT NULL";
    if (filter.op == Op::kMissing) return column + " IS NULL";
    if (const char* const op = operator_of(filter.op)) {
      const MetadataValue& wanted = filter.values.at(0);
      std::optional<SqlValue> value;
      if (!second.empty()) value = second_value(wanted);
      if (to_sql == number_value) value = number_value(wanted);
      return value ? fmt::format("{} {} {}", second.empty() ? column : second, op, parameter(*value)) : "0";
    }
    if (filter.op == Op::kPrefix || filter.op == Op::kContains)
      return to_sql == text_value ? text_condition(filter, column) : "0";
    const std::string list = parameters(filter, to_sql);
    if (filter.op == Op::kIn) return list.empty() ? "0" : fmt::format("{} IN ({})", column, list);
    return list.empty() ? "1" : fmt::format("{0} IS NULL OR {0} NOT IN ({1})", column, list);
  }

  // As blobs, because bytes are compared.
  std::string text_condition(const Filter& filter, const std::string& column) {
    auto wanted = text_value(filter.values.at(0));
    if (!wanted) return "0";
    return fmt::format("instr(CAST({} AS BLOB), CAST({} AS BLOB)) {}", column, parameter(std::move(*wanted)),
                       filter.op == Op::kPrefix ? "= 1" : "> 0");
  }

  std::string custom_text_condition(const Filter& filter) {
    const std::string text = text_condition(filter, "v.value");
    if (text == "0") return text;
    constexpr const char* kTexts = "v.type IN ('t', 'd')";
    if (filter.op == Op::kPrefix) return fmt::format("({} OR v.type = 'l') AND {}", kTexts, text);
    const std::string equal = parameters(filter, text_value);
    return fmt::format("({} AND {}) OR (v.type = 'l' AND v.value = {})", kTexts, text, equal);
  }

  std::string custom_condition(const Filter& filter) {
    const auto in = [&](const char* op, const std::string& more) {
      return fmt::format("d.doc {} (SELECT v.doc FROM custom_values v WHERE v.key = {}{})", op,
                         parameter(filter.key), more);
    };
    if (filter.op == Op::kExists) return in("IN", "");
    if (filter.op == Op::kMissing) return in("NOT IN", "");
    if (const char* const op = operator_of(filter.op)) {
      const std::string ordered = custom_order(filter.values.at(0), op);
      return ordered.empty() ? "0" : in("IN", " AND " + ordered);
    }
    if (filter.op == Op::kPrefix || filter.op == Op::kContains)
      return in("IN", " AND (" + custom_text_condition(filter) + ")");
    const std::string equal = custom_equality(filter);
    if (filter.op == Op::kIn) return equal.empty() ? "0" : in("IN", " AND (" + equal + ")");
    return equal.empty() ? "1" : in("NOT IN", " AND (" + equal + ")");
  }

  std::string custom_order(const MetadataValue& wanted, const char* op) {
    if (const auto second = second_value(wanted))
      return fmt::format("v.type = '{}' AND v.second {} {}", kDateValue, op, parameter(*second));
    if (const auto number = number_value(wanted))
      return fmt::format("v.type = '{}' AND v.value {} {}", kNumberValue, op, parameter(*number));
    return "";
  }

  // Texts are told from numbers by SQLite's own types; booleans are stored as numbers and told by `type`.
  std::string custom_equality(const Filter& filter) {
    std::string equal;
    const auto add_list = [&](const char* format, const std::string& list) {
      if (list.empty()) return;
      if (!equal.empty()) equal += " OR ";
      equal += fmt::format(fmt::runtime(format), list);
    };
    add_list("v.value IN ({})", parameters(filter, text_value));
    add_list("v.value IN ({}) AND v.type = 'n'", parameters(filter, number_value));
    add_list("v.value IN ({}) AND v.type = 'b'", parameters(filter, boolean_value));
    return equal;
  }

  // Those of the filter's values that to_sql takes, as "?1, ?2".
  std::string parameters(const Filter& filter, ToSql to_sql) {
    std::string list;
    for (const MetadataValue& wanted : filter.values)
      if (auto value = to_sql(wanted)) list += (list.empty() ? "" : ", ") + parameter(std::move(*value));
    return list;
  }

  std::string parameter(SqlValue value) {
    sql_.values.push_back(std::move(value));
    return fmt::format("?{}", sql_.first_parameter + static_cast<int>(sql_.values.size()) - 1);
  }

  FilterSql& sql_;
};

}  // namespace

void FilterSql::bind(Statement& statement) const {
  int parameter = first_parameter;
  for (const auto& value : values) {
    if (const auto* text = std::get_if<std::string>(&value)) {
      statement.bind(parameter++, std::string_view(*text));
    } else if (const auto* number = std::get_if<double>(&value)) {
      statement.bind_real(parameter++, *number);
    } else {
      statement.bind(parameter++, std::get<std::int64_t>(value));
    }
  }
}

Result<FilterSql> compile_filter(const Filter& filter, int first_parameter) {
  RAPPEL_TRY(check_filter(filter));
  FilterSql sql;
  sql.first_parameter = first_parameter;
  sql.condition = Compiler(sql).condition(filter);
  return sql;
}

}  // namespace rappel::sqlite
