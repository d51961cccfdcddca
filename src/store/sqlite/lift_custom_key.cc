#include "store/sqlite/lift_custom_key.h"

#include <string>
#include <utility>
#include <vector>

#include "store/metadata_json.h"
#include "store/sqlite/connection.h"
#include "store/sqlite/documents.h"

namespace rappel::sqlite {
namespace {

Result<std::vector<std::int64_t>> documents_with(Connection& db, std::string_view key) {
  RAPPEL_ASSIGN(Statement select,
                db.prepare("SELECT DISTINCT doc FROM custom_values WHERE key = ?1 ORDER BY doc"));
  select.bind(1, key);
  std::vector<std::int64_t> found;
  for (;;) {
    RAPPEL_ASSIGN(const bool row, select.step());
    if (!row) return found;
    found.push_back(select.integer(0));
  }
}

void move_value(const DocumentField& field, Metadata& metadata) {
  auto value = metadata.custom.extract(field.name);
  if (value.empty() || read_member(field.name, value_json(value.mapped()), metadata).ok()) return;
  value.key() += "_custom";
  while (metadata.custom.count(value.key()) > 0) value.key() += "_";
  metadata.custom.insert(std::move(value));
}

}  // namespace

Status lift_custom_key(Connection& db, const DocumentField& field) {
  RAPPEL_ASSIGN(const auto documents, documents_with(db, field.name));
  for (const std::int64_t doc : documents) {
    RAPPEL_ASSIGN(DocumentRow document, load_document(db, doc));
    move_value(field, document.metadata);
    RAPPEL_TRY(update_document(db, doc, document));
  }
  return {};
}

}  // namespace rappel::sqlite
