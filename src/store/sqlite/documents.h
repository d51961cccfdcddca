// Rows of table `documents`: writing, reading with their checksum, and the metadata columns in one place.
#pragma once

#include <string>

#include "base/status.h"
#include "index/flat/flat_index.h"
#include "store/types.h"

namespace rappel::sqlite {

class Connection;
class Statement;

// For SELECTs over `documents d`; read_document() reads them from column `first` on.
constexpr const char* kDocumentColumns =
    "d.id, d.source, d.source_id, d.url, d.created_at, d.author, d.filename, d.filesize, d.first_row, "
    "d.chunk_count, "
    "d.created_second, d.checksum";

struct DocumentRow {
  std::string id;
  Metadata metadata;
  RowRange rows;
};

// kCorrupt when the row does not have its checksum.
Result<DocumentRow> read_document(Connection& db, const Statement& select, int first);

// `document.metadata.created_at`, when set, is a date. Returns the new document's number.
Result<std::int64_t> insert_document(Connection& db, const DocumentRow& document);

}  // namespace rappel::sqlite
