#include "store/sqlite/row_ranges.h"

#include "store/filter.h"
#include "store/sqlite/connection.h"
#include "store/sqlite/filter_sql.h"

namespace rappel::sqlite {
namespace {

// Adds the (first_row, chunk_count) rows of an ascending select.
Result<std::vector<RowRange>> read_ranges(Connection& db, Statement& select) {
  std::vector<RowRange> ranges;
  for (;;) {
    RAPPEL_ASSIGN(const bool row, select.step());
    if (!row) return ranges;
    const RowRange range{select.integer(0), select.integer(1)};
    if (!plausible(range) || (!ranges.empty() && range.first < ranges.back().first + ranges.back().count))
      return db.damaged("the rows of two documents overlap");
    append_range(ranges, range);
  }
}

}  // namespace

Result<std::vector<RowRange>> all_row_ranges(Connection& db) {
  RAPPEL_ASSIGN(Statement select,
                db.prepare("SELECT first_row, chunk_count FROM documents ORDER BY first_row"));
  return read_ranges(db, select);
}

Result<std::vector<RowRange>> removed_row_ranges(Connection& db, std::int64_t after) {
  RAPPEL_ASSIGN(Statement select,
                db.prepare("SELECT first_row, row_count FROM removed WHERE commit_number > ?1"));
  select.bind(1, after);
  std::vector<RowRange> ranges;
  for (;;) {
    RAPPEL_ASSIGN(const bool row, select.step());
    if (!row) return ranges;
    ranges.push_back({select.integer(0), select.integer(1)});
    if (!plausible(ranges.back())) return db.damaged("table removed holds an impossible range");
  }
}

Result<std::vector<RowRange>> matching_row_ranges(Connection& db, const Filter& filter) {
  RAPPEL_ASSIGN(const FilterSql sql, compile_filter(filter, 1));
  RAPPEL_ASSIGN(Statement select, db.prepare("SELECT d.first_row, d.chunk_count FROM documents d WHERE " +
                                             sql.condition + " ORDER BY d.first_row"));
  sql.bind(select);
  return read_ranges(db, select);
}

}  // namespace rappel::sqlite
