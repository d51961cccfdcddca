#include "store/sqlite/index_comparison.h"

#include <fmt/format.h>
#include <sqlite3.h>

#include <cstdint>
#include <string>
#include <vector>

#include "store/sqlite/checksum.h"
#include "store/sqlite/connection.h"
#include "store/sqlite/migrations.h"
#include "store/sqlite/schema.h"

namespace rappel::sqlite {
namespace {

struct Table {
  const char* name;
  const char* key;       // the columns that every entry of an index ends with
  std::int64_t version;  // since which there is the table
};
constexpr Table kDocuments = {"documents", "doc", 1};
constexpr Table kOthers[] = {{"custom_values", "doc, item", 2},
                             {"origins", "path, doc", kFirstVersionWithOrigins},
                             {"removed", "entry", 1},
                             {"changed", "entry", kFirstVersionWithSignals}};

struct Index {
  std::string name;
  std::string columns;    // in its order
  std::string condition;  // of its rows
};

// digest(value, ..): the wrapped sum of a hash over each row's values, so the order of the rows does not
// matter. Different rows have the same digest by accident only, in 1 of 2^64 cases.
void add_row(sqlite3_context* context, int count, sqlite3_value** values) {
  Checksum sum;
  for (int i = 0; i < count; ++i) {
    const int type = sqlite3_value_type(values[i]);
    sum.add(std::int64_t{type});
    if (type == SQLITE_INTEGER) {
      sum.add(std::int64_t{sqlite3_value_int64(values[i])});
    } else if (type != SQLITE_NULL) {
      const auto* bytes = static_cast<const std::byte*>(sqlite3_value_blob(values[i]));
      sum.add(std::span(bytes, static_cast<std::size_t>(sqlite3_value_bytes(values[i]))));
    }
  }
  auto* total = static_cast<std::uint64_t*>(sqlite3_aggregate_context(context, sizeof(std::uint64_t)));
  if (total == nullptr) return sqlite3_result_error_nomem(context);
  *total += static_cast<std::uint64_t>(sum.sum());
}

void give_digest(sqlite3_context* context) {
  const auto* total = static_cast<std::uint64_t*>(sqlite3_aggregate_context(context, 0));
  sqlite3_result_int64(context, total != nullptr ? static_cast<sqlite3_int64>(*total) : 0);
}

Status add_digest(Connection& db) {
  const int rc =
      sqlite3_create_function(db.handle(), "digest", -1, SQLITE_UTF8, nullptr, nullptr, add_row, give_digest);
  return rc == SQLITE_OK ? Status() : db.failure(rc);
}

// Without the primary key of a table that is its own index.
Result<std::vector<Index>> indexes_of(Connection& db, const Table& table) {
  RAPPEL_ASSIGN(
      Statement select,
      db.prepare("SELECT i.name, group_concat(c.name, ', '), i.partial FROM pragma_index_list(?1) i "
                 "JOIN pragma_index_info(i.name) c WHERE i.origin <> 'pk' GROUP BY i.name"));
  select.bind(1, std::string_view(table.name));
  std::vector<Index> indexes;
  for (;;) {
    RAPPEL_ASSIGN(const bool row, select.step());
    if (!row) return indexes;
    const std::string columns(select.text(1));
    // Partial indexes have one column, and leave out the rows in which it is null.
    indexes.push_back(
        {std::string(select.text(0)), columns, select.integer(2) != 0 ? columns + " IS NOT NULL" : "1"});
  }
}

// The first row of the answer, which has `columns` integers.
Result<std::vector<std::int64_t>> numbers(Connection& db, const std::string& sql, std::size_t columns) {
  RAPPEL_ASSIGN(Statement select, db.prepare(sql));
  RAPPEL_ASSIGN(const bool row, select.step());
  if (!row) return db.damaged("no answer to " + sql);
  std::vector<std::int64_t> found(columns);
  for (std::size_t i = 0; i < columns; ++i) found[i] = select.integer(static_cast<int>(i));
  return found;
}

// One scan of the table, then each index by itself. Returns the values of `extra`, which that scan finds too.
Result<std::vector<std::int64_t>> compare_table(Connection& db, const Table& table,
                                                const std::vector<std::string>& extra = {}) {
  RAPPEL_ASSIGN(const std::vector<Index> indexes, indexes_of(db, table));
  std::string wanted;
  const auto want = [&](const std::string& expression) {
    wanted += (wanted.empty() ? "" : ", ") + expression;
  };
  for (const std::string& expression : extra) want(expression);
  for (const Index& index : indexes)
    want(fmt::format("digest({}, {}) FILTER (WHERE {})", index.columns, table.key, index.condition));
  RAPPEL_ASSIGN(std::vector<std::int64_t> of_table,
                numbers(db, fmt::format("SELECT {} FROM {} NOT INDEXED", wanted, table.name),
                        extra.size() + indexes.size()));
  for (std::size_t i = 0; i < indexes.size(); ++i) {
    const Index& index = indexes[i];
    const std::string sql = fmt::format("SELECT digest({}, {}) FROM {} INDEXED BY {} WHERE {}", index.columns,
                                        table.key, table.name, index.name, index.condition);
    RAPPEL_ASSIGN(const std::vector<std::int64_t> of_index, numbers(db, sql, 1));
    if (of_index[0] != of_table[extra.size() + i])
      return db.damaged(fmt::format("the index {} does not agree with table {}", index.name, table.name));
  }
  of_table.resize(extra.size());
  return of_table;
}

}  // namespace

Status expect_count(Connection& db, const char* part, std::int64_t found, std::int64_t expected) {
  if (found == expected) return {};
  return db.damaged(fmt::format("{}: {}, but the table has {}", part, found, expected));
}

Status compare_indexes(Connection& db) {
  RAPPEL_TRY(add_digest(db));
  RAPPEL_ASSIGN(const State state, read_state(db));
  RAPPEL_ASSIGN(const std::vector<std::int64_t> found,
                compare_table(db, kDocuments,
                              {"count(*)", "coalesce(sum(chunk_count), 0)", "max(first_row + chunk_count)"}));
  RAPPEL_TRY(expect_count(db, "documents in table state", state.documents, found[0]));
  RAPPEL_TRY(expect_count(db, "chunks in table state", state.chunks, found[1]));
  if (found[2] > state.next_row) return db.damaged("a document has rows that were not given away yet");
  RAPPEL_ASSIGN(const std::int64_t version, db.query_integer("PRAGMA user_version"));
  for (const Table& table : kOthers)
    if (version >= table.version) RAPPEL_TRY(compare_table(db, table).status());
  return {};
}

}  // namespace rappel::sqlite
