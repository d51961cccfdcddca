#include "store/sqlite/chunk_rows.h"

#include "store/sqlite/checksum.h"
#include "store/sqlite/connection.h"
#include "store/sqlite/migrations.h"

namespace rappel::sqlite {
namespace {

std::int64_t checksum_of(const ChunkFields& chunk) {
  Checksum sum;
  sum.add(chunk.row).add(chunk.doc).add(chunk.index).add(chunk.begin).add(chunk.end).add(chunk.text);
  if (!chunk.place.empty()) sum.add(chunk.place);  // since version 4
  return sum.sum();
}

}  // namespace

Result<std::string> chunk_columns_of(Connection& db) {
  RAPPEL_ASSIGN(const std::int64_t version, db.query_integer("PRAGMA user_version"));
  std::string columns = kChunkColumns;
  if (version < kFirstVersionWithPlaces) columns.replace(columns.rfind("c.place"), 7, "NULL");
  return columns;
}

Status write_chunk(Statement& insert, const ChunkFields& chunk) {
  insert.bind(1, chunk.row)
      .bind(2, chunk.doc)
      .bind(3, chunk.index)
      .bind(4, chunk.begin)
      .bind(5, chunk.end)
      .bind(6, chunk.text)
      .bind(7, checksum_of(chunk));
  if (chunk.place.empty())
    insert.bind(8, std::optional<std::string>());
  else
    insert.bind(8, chunk.place);
  return insert.run();
}

Result<ChunkFields> read_chunk(Connection& db, const Statement& select) {
  const ChunkFields chunk{select.integer(0), select.integer(1), select.integer(2), select.integer(3),
                          select.integer(4), select.text(5),    select.text(7)};
  if (checksum_of(chunk) != select.integer(6))
    return db.damaged("the chunk of row " + std::to_string(chunk.row) + " does not have its checksum");
  return chunk;
}

}  // namespace rappel::sqlite
