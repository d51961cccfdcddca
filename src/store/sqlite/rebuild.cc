#include "store/sqlite/rebuild.h"

#include <fmt/format.h>

#include <map>
#include <memory>
#include <span>
#include <string>
#include <system_error>
#include <utility>

#include "store/model_identity.h"
#include "store/sqlite/checkpoint.h"
#include "store/sqlite/chunk_blobs.h"
#include "store/sqlite/chunk_rows.h"
#include "store/sqlite/commit_record.h"
#include "store/sqlite/connection.h"
#include "store/sqlite/custom_values.h"
#include "store/sqlite/damaged_copy.h"
#include "store/sqlite/documents.h"
#include "store/sqlite/languages.h"
#include "store/sqlite/migrations.h"
#include "store/sqlite/origins.h"
#include "store/sqlite/schema.h"
#include "store/sqlite/sealed_copy.h"
#include "store/sqlite/survey.h"
#include "store/sqlite/verification.h"
#include "store/sqlite/version_six.h"

namespace rappel::sqlite {
namespace {

namespace fs = std::filesystem;

// The rows that `condition` leaves, which has at most one parameter.
Status copy_rows(Connection& from, Connection& to, const std::string& table, const std::string& condition,
                 std::int64_t key = 0) {
  RAPPEL_ASSIGN(Statement select, from.prepare(fmt::format("SELECT * FROM {} WHERE {}", table, condition)));
  std::string values = "?1";
  for (int i = 2; i <= select.columns(); ++i) values += fmt::format(", ?{}", i);
  RAPPEL_ASSIGN(Statement insert, to.prepare(fmt::format("INSERT INTO {} VALUES({})", table, values)));
  if (key != 0) select.bind(1, key);
  for (;;) {
    RAPPEL_ASSIGN(const bool row, select.step());
    if (!row) return {};
    for (int i = 0; i < select.columns(); ++i) insert.bind_value(i + 1, select, i);
    RAPPEL_TRY(insert.run());
  }
}

// Documents with their chunks, which become those of today's version.
class DocumentCopier {
 public:
  DocumentCopier(Connection& from, Connection& to) : from_(from), to_(to) {}

  Status begin() {
    RAPPEL_ASSIGN(const std::int64_t version, from_.query_integer("PRAGMA user_version"));
    is_older_ = version < kFirstVersionWithSignals;
    RAPPEL_ASSIGN(dimension_, read_dimension(from_));
    RAPPEL_ASSIGN(columns_, chunk_columns_of(from_));
    return {};
  }

  Status copy(const Survey::Document& document) {
    RAPPEL_TRY(copy_rows(from_, to_, "documents", "doc = ?1", document.doc));
    for (std::int64_t row = document.rows.first; row < document.rows.first + document.rows.count; ++row)
      RAPPEL_TRY(copy_chunk(row));
    RAPPEL_ASSIGN(const DocumentRow row, load_document(to_, document.doc));
    return insert_custom_values(to_, document.doc, row.metadata.custom);
  }

  Status finish() { return add_languages(to_, languages_); }
  std::int64_t weighted() const { return weighted_; }

 private:
  Status copy_chunk(std::int64_t row) {
    RAPPEL_ASSIGN(Statement select,
                  from_.prepare(fmt::format("SELECT {} FROM chunks c WHERE c.row = ?1", columns_)));
    RAPPEL_ASSIGN(const bool found, select.bind(1, row).step());
    if (!found) return from_.damaged("a chunk is missing");
    RAPPEL_ASSIGN(ChunkFields chunk, read_chunk(from_, select));
    RAPPEL_ASSIGN(const WordLanguage stored, read_language(from_, chunk.language));
    const WordLanguage language = is_older_ ? detect_language(chunk.text) : stored;
    chunk.language = language_code(language);
    languages_.set(static_cast<std::size_t>(language));
    weighted_ += (chunk.signals & kSparseTable.mark) != 0 ? 1 : 0;
    RAPPEL_ASSIGN(Statement insert, to_.prepare(kInsertChunk));
    RAPPEL_TRY(write_chunk(insert, chunk));
    RAPPEL_TRY(copy_blob(kVectorTable, row));
    for (const BlobTable& table : kSignalTables)
      if ((chunk.signals & table.mark) != 0) RAPPEL_TRY(copy_blob(table, row));
    return {};
  }

  Status copy_blob(const BlobTable& table, std::int64_t row) {
    RAPPEL_ASSIGN(Statement insert, to_.prepare(table.insert));
    const auto take = [&](std::span<const std::byte> blob) -> Status {
      if (!is_older_) return write_blob(insert, row, blob);
      RAPPEL_ASSIGN(const auto halves, narrow_stored(from_, blob, dimension_));
      return write_blob(insert, row, std::as_bytes(std::span(halves)));
    };
    RAPPEL_ASSIGN(const bool found, find_blob(from_, table, row, take));
    return found ? Status() : from_.damaged(fmt::format("row {} of table {} is missing", row, table.name));
  }

  Connection &from_, &to_;
  bool is_older_ = false;
  int dimension_ = 0;
  std::string columns_;
  LanguageSet languages_;
  std::int64_t weighted_ = 0;  // chunks with weights
};

// Those of the documents that were copied, as far as they can be read. A lost origin costs no document: its
// file is read again when it is ingested again.
Status copy_origins(Connection& from, Connection& to,
                    const std::map<std::int64_t, Survey::Document>& documents) {
  RAPPEL_ASSIGN(const std::int64_t version, from.query_integer("PRAGMA user_version"));
  if (version < kFirstVersionWithOrigins) return {};
  RAPPEL_ASSIGN(Statement select,
                from.prepare(fmt::format("SELECT doc, {} FROM origins NOT INDEXED", kOriginColumns)));
  for (;;) {
    const auto row = select.step();
    if (!row.ok() && row.status().code() != Code::kCorrupt) return row.status();
    if (!row.ok() || !*row) return {};
    if (!documents.contains(select.integer(0))) continue;
    RAPPEL_TRY(write_origin(to, select.integer(0), read_origin(select, 1)));
  }
}

Status write_documents(Connection& from, Connection& to, const Survey& survey) {
  RAPPEL_TRY(to.exec("BEGIN IMMEDIATE"));
  RAPPEL_TRY(prepare_schema(to, ModelIdentity{}));
  RAPPEL_TRY(to.exec("DELETE FROM meta"));
  RAPPEL_TRY(copy_rows(from, to, "meta", "true"));
  std::map<std::int64_t, Survey::Document> by_number;  // the order in which a table is filled fastest
  for (const auto& [id, document] : survey.whole) by_number[document.doc] = document;
  DocumentCopier copier(from, to);
  RAPPEL_TRY(copier.begin());
  for (const auto& [doc, document] : by_number) RAPPEL_TRY(copier.copy(document));
  RAPPEL_TRY(copier.finish());
  RAPPEL_TRY(copy_origins(from, to, by_number));
  State state = survey.state;
  state.weighted = copier.weighted();
  RAPPEL_TRY(write_state(to, state));
  return to.exec("COMMIT");
}

Status verify(Connection& db) {
  StoreReport report;
  verify_database(db, report);
  if (report.findings.empty()) return {};
  return Status(Code::kInternal,
                "the rebuilt database is not sound, so nothing was changed: restore the folder "
                "from a backup, or move it away and ingest again",
                report.findings.front().to_string());
}

Status check_version(Connection& db) {
  RAPPEL_ASSIGN(const std::int64_t version, db.query_integer("PRAGMA user_version"));
  RAPPEL_ASSIGN(const std::int64_t application, db.query_integer("PRAGMA application_id"));
  if (application == kApplicationId && version >= kFirstSealedVersion && version <= kSchemaVersion) return {};
  return db.damaged("it is not of a format that this version can rebuild");
}

// With an unreadable state there is nothing in the log (survey.cc).
Status empty_log(Connection& db, CommitRecord& record) {
  if (!read_state(db).ok()) return {};
  return checkpoint(db, record, Checkpoint::kTruncate).status();
}

Status replace(Connection& db, Connection& fresh, const RebuildOptions& options, fs::path& kept) {
  const auto tell = [&](int step) {
    if (options.after_step) options.after_step(step);
  };
  RAPPEL_ASSIGN(const auto record, CommitRecord::open(db.file()));
  RAPPEL_TRY(empty_log(db, *record));
  RAPPEL_TRY(db.ignore_seals());
  const fs::path copy = damaged_copy_name(db.file());
  RAPPEL_TRY(keep_damaged_database(db, copy));
  tell(3);
  if (const Status replaced = copy_pages(fresh, db); !replaced.ok()) {
    std::error_code ignored;
    fs::remove(copy, ignored);
    (void)empty_log(db, *record);  // gives the disk back what did not fit
    return replaced;
  }
  kept = copy;
  tell(4);
  return checkpoint(db, *record, Checkpoint::kTruncate).status();
}

}  // namespace

fs::path rebuilt_file(const fs::path& database) { return database.string() + "-repair"; }

Result<Rebuilt> rebuild_database(const fs::path& database, const RebuildOptions& options) {
  RAPPEL_ASSIGN(const std::unique_ptr<Connection> db, take_alone(database, options.busy_ms));
  RAPPEL_TRY(db->exec("COMMIT"));  // the file stays locked until the connection is closed
  db->keep_log_on_close();
  RAPPEL_TRY(check_version(*db));
  RAPPEL_ASSIGN(Survey survey, survey_documents(*db));
  Rebuilt rebuilt{.damaged = {survey.damaged.begin(), survey.damaged.end()},
                  .unnamed = survey.unnamed,
                  .documents = survey.state.documents};
  if (survey.losses() > 0 && !options.drop_damaged) return rebuilt;
  const CopyFile file(rebuilt_file(database));
  RAPPEL_TRY(make_copy_file(file.path));
  RAPPEL_ASSIGN(const std::unique_ptr<Connection> fresh, Connection::open(file.path, 0));
  RAPPEL_TRY(write_documents(*db, *fresh, survey));
  if (options.after_step) options.after_step(1);
  RAPPEL_TRY(verify(*fresh));
  if (options.after_step) options.after_step(2);
  RAPPEL_TRY(replace(*db, *fresh, options, rebuilt.kept));
  return rebuilt;
}

}  // namespace rappel::sqlite
