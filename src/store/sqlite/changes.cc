#include "store/sqlite/changes.h"

#include <algorithm>
#include <unordered_set>

#include "store/sqlite/chunk_writer.h"
#include "store/sqlite/connection.h"
#include "store/sqlite/custom_values.h"
#include "store/sqlite/documents.h"
#include "store/sqlite/filter_sql.h"
#include "store/sqlite/languages.h"
#include "store/sqlite/origins.h"
#include "store/sqlite/row_ranges.h"
#include "store/sqlite/schema.h"

namespace rappel::sqlite {
namespace {

// Entries kept in each log. A process that is further behind compares all documents instead.
constexpr std::int64_t kLogEntries = 20000;

// One change: collects what it removed and writes state and log once, at the end.
class Change {
 public:
  static Result<Change> begin(Connection& db) {
    RAPPEL_ASSIGN(const State state, read_state(db));
    return Change(db, state);
  }

  // False when there is no such document.
  Result<bool> remove(const std::string& id) {
    RAPPEL_ASSIGN(Statement select,
                  db_->prepare("SELECT doc, first_row, chunk_count FROM documents WHERE id = ?1"));
    RAPPEL_ASSIGN(const bool found, select.bind(1, std::string_view(id)).step());
    if (!found) return false;
    RAPPEL_TRY(remove(select.integer(0), {select.integer(1), select.integer(2)}));
    return true;
  }

  Status remove(std::int64_t doc, RowRange rows) {
    if (!plausible(rows)) return db_->damaged("a document has an impossible range of rows");
    RAPPEL_TRY(erase_all_rows("DELETE FROM chunks WHERE row >= ?1 AND row < ?2", rows));
    RAPPEL_TRY(erase_all_rows("DELETE FROM vectors WHERE row >= ?1 AND row < ?2", rows));
    RAPPEL_TRY(erase_rows("DELETE FROM sparse WHERE row >= ?1 AND row < ?2", rows));
    state_.weighted -= db_->changes();
    RAPPEL_TRY(erase_rows("DELETE FROM colbert WHERE row >= ?1 AND row < ?2", rows));
    RAPPEL_TRY(remove_custom_values(*db_, doc));
    RAPPEL_TRY(remove_origins(*db_, doc));
    RAPPEL_ASSIGN(Statement erase, db_->prepare("DELETE FROM documents WHERE doc = ?1"));
    RAPPEL_TRY(erase.bind(1, doc).run());
    if (db_->changes() != 1) return db_->damaged("a document could not be removed");
    removed_.push_back(rows);
    --state_.documents;
    state_.chunks -= rows.count;
    changed_ = true;
    return {};
  }

  Status remove_everything() {
    removed_.push_back({1, state_.next_row - 1});
    RAPPEL_TRY(
        db_->exec("DELETE FROM chunks; DELETE FROM vectors; DELETE FROM sparse; DELETE FROM colbert;"
                  "DELETE FROM documents; DELETE FROM custom_values; DELETE FROM origins"));
    state_.documents = state_.chunks = state_.weighted = 0;
    changed_ = true;
    return {};
  }

  // `kept`: origins of the document before.
  Status insert(const NewDocument& document, const std::vector<FileOrigin>& kept) {
    const RowRange rows{state_.next_row, static_cast<std::int64_t>(chunk_count(document))};
    RAPPEL_ASSIGN(const std::int64_t doc, insert_document(*db_, {document.id, document.metadata, rows}));
    RAPPEL_ASSIGN(ChunkWriter writer, ChunkWriter::open(*db_, languages_));
    RAPPEL_TRY(visit_chunks(document, [&](std::size_t i, const NewChunk& chunk) {
      return writer.write({rows.first + static_cast<std::int64_t>(i), doc, static_cast<std::int64_t>(i)},
                          chunk);
    }));
    for (const FileOrigin& origin : kept) RAPPEL_TRY(write_origin(*db_, doc, origin));
    if (document.origin) RAPPEL_TRY(write_origin(*db_, doc, *document.origin));
    state_.next_row += rows.count;
    state_.chunks += rows.count;
    state_.weighted += writer.weighted();
    ++state_.documents;
    changed_ = true;
    return {};
  }

  // The origins that an upsert of this document leaves.
  Result<std::vector<FileOrigin>> origins_to_keep(const NewDocument& document) {
    if (!document.origin) return std::vector<FileOrigin>();
    RAPPEL_ASSIGN(std::vector<FileOrigin> kept, origins_of(*db_, document.id));
    std::erase_if(kept, [&](const FileOrigin& origin) {
      return origin.content != document.origin->content || origin.settings != document.origin->settings;
    });
    return kept;
  }

  Status change(const OriginChange& change) {
    RAPPEL_ASSIGN(const std::int64_t doc, number_of(change.id));
    if (change.metadata) {
      RAPPEL_ASSIGN(DocumentRow row, load_document(*db_, doc));
      row.metadata = *change.metadata;
      RAPPEL_TRY(update_document(*db_, doc, row));
      changed_documents_.push_back(doc);
    }
    for (const std::string& path : change.removed) RAPPEL_TRY(remove_origin(*db_, doc, path));
    for (const FileOrigin& origin : change.added) RAPPEL_TRY(write_origin(*db_, doc, origin));
    changed_ = true;
    return {};
  }

  Status finish() {
    if (!changed_) return {};
    ++state_.commit;
    RAPPEL_TRY(add_languages(*db_, languages_));
    RAPPEL_TRY(log_removed());
    RAPPEL_TRY(log_changed());
    return write_state(*db_, state_);
  }

  const State& state() const { return state_; }

 private:
  Change(Connection& db, const State& state) : db_(&db), state_(state) {}

  Result<std::int64_t> number_of(const std::string& id) {
    RAPPEL_ASSIGN(Statement select, db_->prepare("SELECT doc FROM documents WHERE id = ?1"));
    RAPPEL_ASSIGN(const bool found, select.bind(1, std::string_view(id)).step());
    if (!found) return Status(Code::kNotFound, "there is no document " + id);
    return select.integer(0);
  }

  Status erase_rows(const char* sql, RowRange rows) {
    RAPPEL_ASSIGN(Statement erase, db_->prepare(sql));
    return erase.bind(1, rows.first).bind(2, rows.first + rows.count).run();
  }

  // Every row must be there.
  Status erase_all_rows(const char* sql, RowRange rows) {
    RAPPEL_TRY(erase_rows(sql, rows));
    return db_->changes() == rows.count ? Status() : db_->damaged("a document's rows are incomplete");
  }

  Status log_removed() {
    std::sort(removed_.begin(), removed_.end(),
              [](const RowRange& a, const RowRange& b) { return a.first < b.first; });
    std::int64_t newest = 0;
    std::vector<RowRange> joined;
    for (const RowRange& range : removed_) append_range(joined, range);
    for (const RowRange& range : joined) {
      RAPPEL_ASSIGN(
          Statement insert,
          db_->prepare("INSERT INTO removed(commit_number, first_row, row_count) VALUES(?1, ?2, ?3)"));
      RAPPEL_TRY(insert.bind(1, state_.commit).bind(2, range.first).bind(3, range.count).run());
      newest = db_->last_insert_row();
    }
    return trim_log("removed", newest - kLogEntries);
  }

  Status log_changed() {
    std::int64_t newest = 0;
    for (const std::int64_t doc : changed_documents_) {
      RAPPEL_ASSIGN(Statement insert, db_->prepare("INSERT INTO changed(commit_number, doc) VALUES(?1, ?2)"));
      RAPPEL_TRY(insert.bind(1, state_.commit).bind(2, doc).run());
      newest = db_->last_insert_row();
    }
    return trim_log("changed", newest - kLogEntries);
  }

  // Drops entries up to `last`; a reader that has not seen those commits must not rely on the logs.
  Status trim_log(const std::string& table, std::int64_t last) {
    if (last <= 0) return {};
    {
      RAPPEL_ASSIGN(Statement select,
                    db_->prepare("SELECT max(commit_number) FROM " + table + " WHERE entry <= ?1"));
      RAPPEL_ASSIGN(const bool row, select.bind(1, last).step());
      if (!row || select.is_null(0)) return {};
      state_.log_floor = std::max(state_.log_floor, select.integer(0));
    }
    RAPPEL_ASSIGN(Statement erase, db_->prepare("DELETE FROM " + table + " WHERE entry <= ?1"));
    return erase.bind(1, last).run();
  }

  Connection* db_;
  State state_;
  std::vector<RowRange> removed_;
  std::vector<std::int64_t> changed_documents_;  // their metadata, without new rows
  LanguageSet languages_;                        // of new chunks
  bool changed_ = false;
};

}  // namespace

void detect_languages(std::span<NewDocument> documents) {
  for (NewDocument& document : documents)
    for (NewChunk& chunk : document.chunks)
      if (!chunk.language) chunk.language = detect_language(chunk.text);
}

Status replace_documents(Connection& db, std::span<const NewDocument> documents) {
  RAPPEL_ASSIGN(Change change, Change::begin(db));
  std::vector<const NewDocument*> winners;
  std::unordered_set<std::string_view> seen;
  for (auto document = documents.rbegin(); document != documents.rend(); ++document)
    if (seen.insert(document->id).second) winners.push_back(&*document);
  for (auto document = winners.rbegin(); document != winners.rend(); ++document) {
    RAPPEL_ASSIGN(const std::vector<FileOrigin> kept, change.origins_to_keep(**document));
    RAPPEL_TRY(change.remove((*document)->id).status());
    if (chunk_count(**document) > 0) RAPPEL_TRY(change.insert(**document, kept));
  }
  return change.finish();
}

Status change_origins(Connection& db, std::span<const OriginChange> changes) {
  RAPPEL_ASSIGN(Change change, Change::begin(db));
  for (const OriginChange& one : changes) RAPPEL_TRY(change.change(one));
  return change.finish();
}

Result<std::size_t> remove_documents(Connection& db, std::span<const std::string> ids) {
  RAPPEL_ASSIGN(Change change, Change::begin(db));
  std::size_t removed = 0;
  for (const std::string& id : ids) {
    RAPPEL_ASSIGN(const bool found, change.remove(id));
    removed += found ? 1 : 0;
  }
  RAPPEL_TRY(change.finish());
  return removed;
}

Result<std::size_t> remove_matching(Connection& db, const Filter& filter) {
  RAPPEL_ASSIGN(Change change, Change::begin(db));
  const auto before = static_cast<std::size_t>(change.state().documents);
  if (filter.unrestricted()) {
    if (before > 0) RAPPEL_TRY(change.remove_everything());
    RAPPEL_TRY(change.finish());
    return before;
  }
  RAPPEL_ASSIGN(const FilterSql sql, compile_filter(filter, 1));
  std::vector<std::pair<std::int64_t, RowRange>> found;  // first read, then change what is read from
  {
    RAPPEL_ASSIGN(Statement select, db.prepare("SELECT d.doc FROM documents d WHERE " + sql.condition));
    sql.bind(select);
    for (;;) {
      RAPPEL_ASSIGN(const bool row, select.step());
      if (!row) break;
      found.push_back({select.integer(0), {}});
    }
  }
  for (auto& [doc, rows] : found) {
    RAPPEL_ASSIGN(const DocumentRow document, load_document(db, doc));
    if (!matches(filter, document.id, document.metadata)) return db.damaged(kWrongIndexEntry);
    rows = document.rows;
  }
  for (const auto& [doc, rows] : found) RAPPEL_TRY(change.remove(doc, rows));
  RAPPEL_TRY(change.finish());
  return found.size();
}

}  // namespace rappel::sqlite
