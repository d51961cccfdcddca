// Rows of table `chunks`, written and read with their checksum.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/status.h"

namespace rappel::sqlite {

class Connection;
class Statement;

constexpr const char* kInsertChunk =
    "INSERT INTO chunks(row, doc, idx, begin, \"end\", text, checksum, place, language, signals) "
    "VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)";

// For SELECTs over `chunks c`; read_chunk() reads them from column 0 on.
constexpr const char* kChunkColumns =
    "c.row, c.doc, c.idx, c.begin, c.\"end\", c.text, c.checksum, c.place, c.language, c.signals";
// The same of a file that may be of an older version, which lacks some of them.
Result<std::string> chunk_columns_of(Connection& db);

struct ChunkFields {
  std::int64_t row = 0, doc = 0, index = 0, begin = 0, end = 0;
  std::string_view text;           // of the statement or of the caller
  std::string_view place;          // as place_text_of(); so too
  std::string_view language = {};  // as language_code(); so too
  std::int64_t signals = 0;        // marks of chunk_blobs.h: the tables that have a row of the chunk
};

std::int64_t chunk_checksum(const ChunkFields& chunk);

Status write_chunk(Statement& insert, const ChunkFields& chunk);
// kCorrupt when the row does not have its checksum.
Result<ChunkFields> read_chunk(Connection& db, const Statement& select);

}  // namespace rappel::sqlite
