// A Filter as SQL over table `documents` (alias d): conditions with numbered parameters, and the values to
// bind. No text of a filter ever becomes SQL.
#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "base/status.h"
#include "store/filter.h"

namespace rappel::sqlite {

class Statement;

// The cause when the condition of a filter found a row for which matches() does not hold.
inline constexpr const char* kWrongIndexEntry = "an index lists a document that does not match the filter";

struct FilterSql {
  std::string condition;  // "1" when nothing is restricted
  std::vector<std::variant<std::int64_t, double, std::string>> values;
  int first_parameter = 1;

  // `this` must outlive the statement's steps.
  void bind(Statement& statement) const;
};

// Parameters count from first_parameter. kInvalidArgument: check_filter().
Result<FilterSql> compile_filter(const Filter& filter, int first_parameter);

}  // namespace rappel::sqlite
