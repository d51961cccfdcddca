#include "store/sqlite/version_six.h"

#include <cstring>
#include <string>
#include <string_view>

#include "store/sqlite/chunk_blobs.h"
#include "store/sqlite/chunk_rows.h"
#include "store/sqlite/connection.h"
#include "store/sqlite/languages.h"
#include "store/sqlite/schema.h"
#include "store/sqlite/stored_vectors.h"

namespace rappel::sqlite {
namespace {

// Rows that are in memory at a time.
constexpr const char* kNextRows = " WHERE row > ?1 ORDER BY row LIMIT 256";

// A row with its new value. `Row` has the number `row`.
template <class Row, class Read, class Write>
Status rewrite_rows(Connection& db, const std::string& select_sql, const Read& read, const Write& write) {
  std::vector<Row> rows;
  for (std::int64_t last = 0;; last = rows.back().row) {
    rows.clear();
    {
      RAPPEL_ASSIGN(Statement select, db.prepare(select_sql + kNextRows));
      select.bind(1, last);
      for (;;) {
        RAPPEL_ASSIGN(const bool more, select.step());
        if (!more) break;
        RAPPEL_ASSIGN(Row row, read(select));
        rows.push_back(std::move(row));
      }
    }
    if (rows.empty()) return {};
    for (const Row& row : rows) RAPPEL_TRY(write(row));
  }
}

struct NarrowRow {
  std::int64_t row = 0;
  std::vector<std::uint16_t> halves;
};

Status narrow_vectors(Connection& db) {
  RAPPEL_ASSIGN(const int dimension, read_dimension(db));
  const auto read = [&](const Statement& select) -> Result<NarrowRow> {
    RAPPEL_ASSIGN(const auto floats, read_blob(db, kVectorTable, select));
    NarrowRow row{select.integer(0), {}};
    RAPPEL_ASSIGN(row.halves, narrow_stored(db, floats, dimension));
    return row;
  };
  RAPPEL_ASSIGN(Statement update, db.prepare("UPDATE vectors SET dense = ?2, checksum = ?3 WHERE row = ?1"));
  const auto write = [&](const NarrowRow& row) {
    return write_blob(update, row.row, std::as_bytes(std::span(row.halves)));
  };
  return rewrite_rows<NarrowRow>(db, "SELECT row, dense, checksum FROM vectors", read, write);
}

struct LanguageRow {
  std::int64_t row = 0;
  WordLanguage language = WordLanguage::kOther;
  std::int64_t checksum = 0;
};

Status detect_languages(Connection& db) {
  LanguageSet languages;
  const auto read = [&](const Statement& select) -> Result<LanguageRow> {
    RAPPEL_ASSIGN(ChunkFields chunk, read_chunk(db, select));
    const WordLanguage language = detect_language(chunk.text);
    languages.set(static_cast<std::size_t>(language));
    chunk.language = language_code(language);
    return LanguageRow{chunk.row, language, chunk_checksum(chunk)};
  };
  RAPPEL_ASSIGN(Statement update,
                db.prepare("UPDATE chunks SET language = ?2, checksum = ?3 WHERE row = ?1"));
  const auto write = [&](const LanguageRow& row) {
    if (row.language == WordLanguage::kOther) return Status();
    return update.bind(1, row.row).bind(2, language_code(row.language)).bind(3, row.checksum).run();
  };
  RAPPEL_TRY(
      rewrite_rows<LanguageRow>(db, std::string("SELECT ") + kChunkColumns + " FROM chunks c", read, write));
  return add_languages(db, languages);
}

}  // namespace

Status rewrite_for_version_six(Connection& db) {
  RAPPEL_TRY(narrow_vectors(db));
  return detect_languages(db);
}

Result<std::vector<std::uint16_t>> narrow_stored(Connection& db, std::span<const std::byte> floats,
                                                 int dimension) {
  std::vector<std::uint16_t> halves(static_cast<std::size_t>(dimension));
  if (floats.size() != halves.size() * sizeof(float))
    return db.damaged("a vector does not have the store's dimension");
  std::vector<float> values(halves.size());
  std::memcpy(values.data(), floats.data(), floats.size());
  narrow_vector(values, halves);
  return halves;
}

}  // namespace rappel::sqlite
