#include "store/sqlite/chunk_rows.h"

#include "store/sqlite/checksum.h"
#include "store/sqlite/connection.h"
#include "store/sqlite/migrations.h"

namespace rappel::sqlite {

std::int64_t chunk_checksum(const ChunkFields& chunk) {
  Checksum sum;
  sum.add(chunk.row).add(chunk.doc).add(chunk.index).add(chunk.begin).add(chunk.end).add(chunk.text);
  if (!chunk.place.empty()) sum.add(chunk.place);        // since version 4
  if (!chunk.language.empty()) sum.add(chunk.language);  // since version 6
  if (chunk.signals != 0) sum.add(chunk.signals);
  return sum.sum();
}

Result<std::string> chunk_columns_of(Connection& db) {
  RAPPEL_ASSIGN(const std::int64_t version, db.query_integer("PRAGMA user_version"));
  std::string columns = kChunkColumns;
  const auto leave_out = [&](std::string_view column) {
    columns.replace(columns.rfind(column), column.size(), "NULL");
  };
  if (version < kFirstVersionWithPlaces) leave_out("c.place");
  if (version < kFirstVersionWithSignals) {
    leave_out("c.language");
    leave_out("c.signals");
  }
  return columns;
}

namespace {

void bind_or_null(Statement& insert, int parameter, std::string_view text) {
  if (text.empty())
    insert.bind(parameter, std::optional<std::string>());
  else
    insert.bind(parameter, text);
}

}  // namespace

Status write_chunk(Statement& insert, const ChunkFields& chunk) {
  insert.bind(1, chunk.row)
      .bind(2, chunk.doc)
      .bind(3, chunk.index)
      .bind(4, chunk.begin)
      .bind(5, chunk.end)
      .bind(6, chunk.text)
      .bind(7, chunk_checksum(chunk));
  bind_or_null(insert, 8, chunk.place);
  bind_or_null(insert, 9, chunk.language);
  insert.bind(10, chunk.signals != 0 ? std::optional(chunk.signals) : std::nullopt);
  return insert.run();
}

Result<ChunkFields> read_chunk(Connection& db, const Statement& select) {
  const ChunkFields chunk{select.integer(0), select.integer(1), select.integer(2),
                          select.integer(3), select.integer(4), select.text(5),
                          select.text(7),    select.text(8),    select.integer(9)};
  if (chunk_checksum(chunk) != select.integer(6))
    return db.damaged("the chunk of row " + std::to_string(chunk.row) + " does not have its checksum");
  return chunk;
}

}  // namespace rappel::sqlite
