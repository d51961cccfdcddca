#include "store/sqlite/documents.h"

#include "base/timestamp.h"
#include "store/sqlite/checksum.h"
#include "store/sqlite/connection.h"
#include "store/sqlite/row_ranges.h"

namespace rappel::sqlite {
namespace {

std::int64_t checksum_of(const DocumentRow& document, const std::optional<std::int64_t>& created_second) {
  const Metadata& m = document.metadata;
  return Checksum()
      .add(std::string_view(document.id))
      .add(m.source)
      .add(m.source_id)
      .add(m.url)
      .add(m.created_at)
      .add(created_second)
      .add(m.author)
      .add(m.filename)
      .add(m.filesize)
      .add(document.rows.first)
      .add(document.rows.count)
      .sum();
}

std::optional<std::int64_t> optional_integer(const Statement& select, int column) {
  return select.is_null(column) ? std::nullopt : std::optional(select.integer(column));
}

}  // namespace

Result<DocumentRow> read_document(Connection& db, const Statement& select, int first) {
  DocumentRow document;
  document.id = std::string(select.text(first));
  document.metadata.source = select.optional_text(first + 1);
  document.metadata.source_id = select.optional_text(first + 2);
  document.metadata.url = select.optional_text(first + 3);
  document.metadata.created_at = select.optional_text(first + 4);
  document.metadata.author = select.optional_text(first + 5);
  document.metadata.filename = select.optional_text(first + 6);
  document.metadata.filesize = optional_integer(select, first + 7);
  document.rows = {select.integer(first + 8), select.integer(first + 9)};
  if (checksum_of(document, optional_integer(select, first + 10)) != select.integer(first + 11) ||
      !plausible(document.rows))
    return db.damaged("a document's row does not have its checksum");
  return document;
}

Result<std::int64_t> insert_document(Connection& db, const DocumentRow& document) {
  const Metadata& m = document.metadata;
  std::optional<std::int64_t> created_second;
  if (m.created_at) {
    RAPPEL_ASSIGN(created_second, parse_timestamp(*m.created_at));
  }
  RAPPEL_ASSIGN(
      Statement insert,
      db.prepare("INSERT INTO documents(id, source, source_id, url, created_at, created_second, author, "
                 "filename, filesize, first_row, chunk_count, checksum) "
                 "VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)"));
  insert.bind(1, std::string_view(document.id))
      .bind(2, m.source)
      .bind(3, m.source_id)
      .bind(4, m.url)
      .bind(5, m.created_at)
      .bind(6, created_second)
      .bind(7, m.author)
      .bind(8, m.filename)
      .bind(9, m.filesize)
      .bind(10, document.rows.first)
      .bind(11, document.rows.count)
      .bind(12, checksum_of(document, created_second));
  RAPPEL_TRY(insert.run());
  return db.last_insert_row();
}

}  // namespace rappel::sqlite
