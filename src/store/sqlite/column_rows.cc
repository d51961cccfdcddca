#include "store/sqlite/column_rows.h"

#include <limits>
#include <utility>
#include <vector>

#include "store/sqlite/connection.h"
#include "store/sqlite/documents.h"
#include "store/sqlite/row_ranges.h"
#include "store/sqlite/schema.h"

namespace rappel::sqlite {
namespace {

void append(DocumentColumnsBuilder& builder, const DocumentRow& document) {
  builder.append(document.id, document.metadata, document.rows);
}

constexpr std::int64_t kAll = std::numeric_limits<std::int64_t>::max();

// Documents that got other metadata and kept their rows; some may be gone by now, and their number be that of
// a new document.
Result<std::vector<DocumentRow>> changed_documents(Connection& db, const ColumnsVersion& version) {
  std::vector<DocumentRow> changed;
  RAPPEL_ASSIGN(Statement select,
                db.prepare(select_documents("d.doc IN (SELECT doc FROM changed WHERE commit_number > ?1) "
                                            "AND d.first_row < ?2")));
  select.bind(1, version.commit).bind(2, version.next_row);
  for (;;) {
    RAPPEL_ASSIGN(const bool row, select.step());
    if (!row) return changed;
    RAPPEL_ASSIGN(DocumentRow document, read_document(db, select));
    changed.push_back(std::move(document));
  }
}

Result<ColumnsVersion> finish(Connection& db, const State& state, DocumentColumnsBuilder builder) {
  ColumnsVersion version{std::move(builder).finish(), state.commit, state.next_row};
  if (static_cast<std::int64_t>(version.columns.size()) != state.documents)
    return db.damaged("the columns and table state have different numbers of documents");
  return version;
}

}  // namespace

Result<std::int64_t> append_documents(Connection& db, std::int64_t begin, std::int64_t end, std::int64_t most,
                                      const std::atomic<bool>& stop, DocumentColumnsBuilder& builder) {
  RAPPEL_ASSIGN(
      Statement select,
      db.prepare(select_documents("d.first_row >= ?1 AND d.first_row < ?2 ORDER BY d.first_row LIMIT ?3")));
  select.bind(1, begin).bind(2, end).bind(3, most);
  std::int64_t next = begin;
  for (std::int64_t read = 0; read < most; ++read) {
    RAPPEL_ASSIGN(const bool row, select.step());
    if (!row) return end;
    if (stop) return Status(Code::kCancelled, "the store closes");
    RAPPEL_ASSIGN(const DocumentRow document, read_document(db, select));
    append(builder, document);
    next = document.rows.first + document.rows.count;
  }
  return next;
}

Result<ColumnsVersion> read_columns(Connection& db, const State& state, bool texts,
                                    const std::atomic<bool>& stop) {
  DocumentColumnsBuilder builder{DocumentColumns(texts)};
  RAPPEL_TRY(append_documents(db, 1, kAll, kAll, stop, builder).status());
  return finish(db, state, std::move(builder));
}

bool can_follow(const ColumnsVersion& version, const State& state) {
  return version.commit >= state.log_floor && version.commit <= state.commit;
}

Result<ColumnsVersion> follow_columns(Connection& db, const State& state, const ColumnsVersion& version,
                                      const std::atomic<bool>& stop) {
  DocumentColumnsBuilder builder(version.columns);
  RAPPEL_ASSIGN(const std::vector<RowRange> removed, removed_row_ranges(db, version.commit));
  for (const RowRange& range : removed) builder.remove(range);
  RAPPEL_ASSIGN(const std::vector<DocumentRow> changed, changed_documents(db, version));
  for (const DocumentRow& document : changed) builder.remove(document.rows);
  for (const DocumentRow& document : changed) append(builder, document);
  RAPPEL_TRY(append_documents(db, version.next_row, kAll, kAll, stop, builder).status());
  return finish(db, state, std::move(builder));
}

}  // namespace rappel::sqlite
