// Rows of table `documents`: writing and reading with their checksum. The columns of the metadata follow the
// table in store/fields.h; custom metadata is one JSON text in the column `custom`, and custom_values.h is
// its index.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/status.h"
#include "index/rows.h"
#include "store/fields.h"
#include "store/types.h"

namespace rappel::sqlite {

class Connection;
class Statement;

// "SELECT <columns> FROM documents d WHERE <condition>"; read_document() reads its rows.
std::string select_documents(std::string_view condition);

struct DocumentRow {
  std::string id;
  Metadata metadata;
  RowRange rows;
};

// kCorrupt when the row does not have its checksum.
Result<DocumentRow> read_document(Connection& db, const Statement& select);

// The document of that number; kCorrupt when there is none.
Result<DocumentRow> load_document(Connection& db, std::int64_t doc);

// The column `checksum`: of the row, with the text in its column `custom`. A field that came after the first
// format counts only where it is present, so the sum of a row survives new fields.
std::int64_t document_checksum(const DocumentRow& document, const std::optional<std::string>& custom,
                               std::span<const DocumentField> fields = document_fields());

// Returns the new document's number.
Result<std::int64_t> insert_document(Connection& db, const DocumentRow& document);
// Rewrites the row of that number and its custom values; its chunks stay.
Status update_document(Connection& db, std::int64_t doc, const DocumentRow& document);

}  // namespace rappel::sqlite
