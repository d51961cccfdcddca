#include "store/sqlite/survey.h"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <span>
#include <utility>

#include "store/sqlite/chunk_blobs.h"
#include "store/sqlite/chunk_rows.h"
#include "store/sqlite/commit_record.h"
#include "store/sqlite/connection.h"
#include "store/sqlite/documents.h"
#include "store/sqlite/log_guard.h"
#include "store/sqlite/migrations.h"

namespace rappel::sqlite {
namespace {

bool is_damage(const Status& status) { return status.code() == Code::kCorrupt; }

// The form of the rows of a document.
struct Format {
  std::string chunk_columns;
  std::size_t vector_bytes = 0;
};

Result<Format> format_of(Connection& db) {
  Format format;
  RAPPEL_ASSIGN(format.chunk_columns, chunk_columns_of(db));
  RAPPEL_ASSIGN(const std::int64_t version, db.query_integer("PRAGMA user_version"));
  RAPPEL_ASSIGN(const int dimension, read_dimension(db));
  format.vector_bytes = static_cast<std::size_t>(dimension) *
                        (version < kFirstVersionWithSignals ? sizeof(float) : sizeof(std::uint16_t));
  return format;
}

Status check_blobs(Connection& db, std::int64_t row, std::int64_t signals, const Format& format) {
  const auto has_size = [&](std::span<const std::byte> blob) {
    return blob.size() == format.vector_bytes ? Status() : db.damaged("a vector has another dimension");
  };
  RAPPEL_ASSIGN(const bool has_vector, find_blob(db, kVectorTable, row, has_size));
  if (!has_vector) return db.damaged("a vector is missing");
  for (const BlobTable& table : kSignalTables) {
    if ((signals & table.mark) == 0) continue;
    RAPPEL_ASSIGN(const bool found, find_blob(db, table, row, [](auto) { return Status(); }));
    if (!found) return db.damaged(std::string("a row is missing in table ") + table.name);
  }
  return {};
}

// Each row is looked up by itself: a scan would stop at a damaged page beside whole ones.
Status check_rows(Connection& db, std::int64_t doc, const RowRange& rows) {
  RAPPEL_ASSIGN(const Format format, format_of(db));
  RAPPEL_ASSIGN(Statement chunk,
                db.prepare("SELECT " + format.chunk_columns + " FROM chunks c WHERE c.row = ?1"));
  for (std::int64_t row = rows.first; row < rows.first + rows.count; ++row) {
    RAPPEL_ASSIGN(const bool has_chunk, chunk.bind(1, row).step());
    if (!has_chunk) return db.damaged("a chunk is missing");
    RAPPEL_ASSIGN(const ChunkFields fields, read_chunk(db, chunk));
    if (fields.doc != doc || fields.index != row - rows.first)
      return db.damaged("a chunk is another document's");
    RAPPEL_TRY(check_blobs(db, row, fields.signals, format));
    RAPPEL_TRY(chunk.run());
  }
  return {};
}

class Surveyor {
 public:
  explicit Surveyor(Connection& db) : db_(db) {}

  Result<Survey> run() {
    RAPPEL_TRY(find_state());
    RAPPEL_TRY(find_documents());
    count_losses();
    State& state = survey_.state;
    state.documents = static_cast<std::int64_t>(survey_.whole.size());
    state.chunks = 0;
    for (const auto& [id, document] : survey_.whole) {
      state.chunks += document.rows.count;
      state.next_row = std::max(state.next_row, document.rows.first + document.rows.count);
    }
    state.log_floor = state.commit;  // table `removed` begins again
    return std::move(survey_);
  }

 private:
  Status find_state() {
    RAPPEL_ASSIGN(const std::optional<CommitNote> record, read_commit_record(db_.file()));
    RAPPEL_ASSIGN(const std::uint64_t store, read_store_id(db_));
    const CommitNote* note = record && record->store == store ? &*record : nullptr;
    const auto state = read_state(db_);
    if (!state.ok()) return is_damage(state.status()) ? restore_state(note, state.status()) : state.status();
    if (note != nullptr && state->commit < note->commit) return db_.damaged("commits of the log are missing");
    survey_.state = *state;
    survey_.state.next_row = std::max(state->next_row, last_row().value_or(0) + 1);
    expected_ = state->documents;
    return {};
  }

  // The record has the commit number where the database is complete without its log.
  Status restore_state(const CommitNote* note, const Status& damage) {
    if (note == nullptr || note->complete != note->commit || note->reached != note->commit) return damage;
    const std::optional<std::int64_t> last = last_row();
    if (!last) return damage;
    survey_.state.commit = note->commit;
    survey_.state.next_row = *last + 1;
    return {};
  }

  // As far as the tables can be read.
  std::optional<std::int64_t> last_row() {
    std::optional<std::int64_t> last;
    for (const char* sql : {"SELECT max(row) FROM chunks", "SELECT max(row) FROM vectors"}) {
      const auto row = db_.query_integer(sql);
      if (row.ok()) last = std::max(last.value_or(0), *row);
    }
    return last;
  }

  // Steps over numbers that lead to damaged pages, as far as a document can have such a number: it is not
  // above its first row's. A row out of order is of a page in another's place.
  Status find_documents() {
    for (std::int64_t doc = 1;; ++doc) {
      RAPPEL_ASSIGN(
          Statement select,
          db_.prepare("SELECT doc FROM documents NOT INDEXED WHERE doc >= ?1 ORDER BY doc LIMIT 1"));
      const auto found = select.bind(1, doc).step();
      if (!found.ok() && !is_damage(found.status())) return found.status();
      if (found.ok() && !*found) return {};
      if (!found.ok() || select.integer(0) < doc) {
        has_lost_pages_ = true;
        if (doc >= survey_.state.next_row) return {};
        continue;
      }
      doc = select.integer(0);
      RAPPEL_TRY(look_at(doc));
    }
  }

  Status look_at(std::int64_t doc) {
    const auto document = load_document(db_, doc);
    if (!document.ok()) {
      lost_rows_.insert(doc);
      return is_damage(document.status()) ? Status() : document.status();
    }
    if (const Status rows = check_rows(db_, doc, document->rows); rows.ok())
      survey_.whole[document->id] = {doc, document->rows};  // the later one of a document that was replaced
    else if (is_damage(rows))
      survey_.damaged.insert(document->id);
    else
      return rows;
    return {};
  }

  // The index of the ids names documents whose rows are lost.
  void count_losses() {
    std::erase_if(survey_.damaged, [&](const std::string& id) { return survey_.whole.contains(id); });
    const auto missing = [&] {
      return expected_ ? *expected_ - static_cast<std::int64_t>(survey_.whole.size()) - survey_.losses() : 0;
    };
    if (!has_lost_pages_ && lost_rows_.empty() && missing() <= 0) return;
    const auto named = static_cast<std::int64_t>(name_lost_documents());
    const std::int64_t fewest =
        std::max<std::int64_t>(static_cast<std::int64_t>(lost_rows_.size()), has_lost_pages_ ? 1 : 0);
    survey_.unnamed = std::max({missing(), fewest - named, std::int64_t{0}});
  }

  // Returns their number. From both ends, each up to a damaged page of the index.
  std::size_t name_lost_documents() {
    const std::size_t before = survey_.damaged.size();
    for (const char* order : {"ASC", "DESC"}) {
      auto select = db_.prepare(
          std::string("SELECT id FROM documents INDEXED BY sqlite_autoindex_documents_1 ORDER BY id ") +
          order);
      if (!select.ok()) break;
      auto left = survey_.state.next_row;  // pages in another's place may lead in circles
      for (auto row = select->step(); row.ok() && *row && left > 0; row = select->step(), --left)
        if (std::string id(select->text(0)); !survey_.whole.contains(id)) survey_.damaged.insert(id);
    }
    return survey_.damaged.size() - before;
  }

  Connection& db_;
  Survey survey_;
  std::optional<std::int64_t> expected_;  // documents that table state counts
  std::set<std::int64_t> lost_rows_;      // numbers of documents whose row is damaged
  bool has_lost_pages_ = false;           // pages of table documents cannot be read
};

}  // namespace

Result<Survey> survey_documents(Connection& db) { return Surveyor(db).run(); }

}  // namespace rappel::sqlite
