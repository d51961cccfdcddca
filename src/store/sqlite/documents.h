// Rows of table `documents`: writing and reading with their checksum. The columns of the metadata follow the
// table in store/fields.h; custom metadata is one JSON text in the column `custom`, and custom_values.h is
// its index.
#pragma once

#include <string>
#include <string_view>

#include "base/status.h"
#include "index/flat/flat_index.h"
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

// Returns the new document's number.
Result<std::int64_t> insert_document(Connection& db, const DocumentRow& document);

}  // namespace rappel::sqlite
