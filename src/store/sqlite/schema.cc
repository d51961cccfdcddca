#include "store/sqlite/schema.h"

#include <fmt/format.h>

#include <cstdlib>
#include <optional>
#include <string>

#include "store/sqlite/connection.h"
#include "store/sqlite/migrations.h"

namespace rappel::sqlite {
namespace {

// Version 1: never changed; newer tables are steps of migrations.cc. Only its table `words` is missing, which
// version 6 dropped: it would need FTS5.
constexpr const char* kTables = R"sql(
CREATE TABLE meta(
  key TEXT PRIMARY KEY,
  value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE state(
  one INTEGER PRIMARY KEY CHECK(one = 1),
  commit_number INTEGER NOT NULL,
  next_row INTEGER NOT NULL,
  log_floor INTEGER NOT NULL,
  documents INTEGER NOT NULL,
  chunks INTEGER NOT NULL
) STRICT;

CREATE TABLE documents(
  doc INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  source TEXT,
  source_id TEXT,
  url TEXT,
  created_at TEXT,
  created_second INTEGER,
  author TEXT,
  filename TEXT,
  filesize INTEGER,
  first_row INTEGER NOT NULL,
  chunk_count INTEGER NOT NULL,
  checksum INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX documents_rows ON documents(first_row, chunk_count);
CREATE INDEX documents_source ON documents(source) WHERE source IS NOT NULL;
CREATE INDEX documents_source_id ON documents(source_id) WHERE source_id IS NOT NULL;
CREATE INDEX documents_url ON documents(url) WHERE url IS NOT NULL;
CREATE INDEX documents_author ON documents(author) WHERE author IS NOT NULL;
CREATE INDEX documents_filename ON documents(filename) WHERE filename IS NOT NULL;
CREATE INDEX documents_created ON documents(created_second) WHERE created_second IS NOT NULL;

CREATE TABLE chunks(
  row INTEGER PRIMARY KEY,
  doc INTEGER NOT NULL,
  idx INTEGER NOT NULL,
  begin INTEGER NOT NULL,
  "end" INTEGER NOT NULL,
  text TEXT NOT NULL,
  checksum INTEGER NOT NULL
) STRICT;

CREATE TABLE vectors(
  row INTEGER PRIMARY KEY,
  dense BLOB NOT NULL,
  checksum INTEGER NOT NULL
) STRICT;

CREATE TABLE removed(
  entry INTEGER PRIMARY KEY,
  commit_number INTEGER NOT NULL,
  first_row INTEGER NOT NULL,
  row_count INTEGER NOT NULL
) STRICT;
CREATE INDEX removed_commit ON removed(commit_number);
)sql";

Status write_meta(Connection& db, std::string_view key, std::string_view value) {
  RAPPEL_ASSIGN(Statement insert, db.prepare("INSERT INTO meta(key, value) VALUES(?1, ?2)"));
  return insert.bind(1, key).bind(2, value).run();
}

Result<std::string> read_meta(Connection& db, std::string_view key) {
  RAPPEL_ASSIGN(Statement select, db.prepare("SELECT value FROM meta WHERE key = ?1"));
  RAPPEL_ASSIGN(const bool row, select.bind(1, key).step());
  if (!row) return db.damaged(fmt::format("table meta has no {}", key));
  return std::string(select.text(0));
}

Status create_tables(Connection& db, const ModelIdentity& model) {
  RAPPEL_TRY(db.exec(kTables));
  RAPPEL_TRY(write_meta(db, "model_name", model.name));
  RAPPEL_TRY(write_meta(db, "model_revision", model.revision));
  RAPPEL_TRY(write_meta(db, "dimension", std::to_string(model.dimension)));
  RAPPEL_TRY(db.exec("INSERT INTO state VALUES(1, 0, 1, 0, 0, 0)"));
  RAPPEL_TRY(db.exec(fmt::format("PRAGMA application_id={}", kApplicationId).c_str()));
  return run_migrations(db, 1);
}

std::string described(const ModelIdentity& model) {
  return fmt::format("{}{}{} ({} dimensions)", model.name, model.revision.empty() ? "" : " revision ",
                     model.revision, model.dimension);
}

Status check_model(Connection& db, const ModelIdentity& model) {
  ModelIdentity stored;
  RAPPEL_ASSIGN(stored.name, read_meta(db, "model_name"));
  RAPPEL_ASSIGN(stored.revision, read_meta(db, "model_revision"));
  RAPPEL_ASSIGN(stored.dimension, read_dimension(db));
  // A revision is a digest of the files: where it is equal, a name is only another path to the same model.
  const bool same_files =
      stored.revision == model.revision && (!model.revision.empty() || stored.name == model.name);
  if (same_files && stored.dimension == model.dimension) return {};
  return Status(
             Code::kFailedPrecondition,
             fmt::format(
                 "{} holds vectors of the model {}, but {} was given; vectors of different models cannot be "
                 "compared: use the stored model, choose another data folder, or move this one away and "
                 "ingest the documents again",
                 db.file().string(), described(stored), described(model)))
      .with_id("model-mismatch");
}

}  // namespace

Result<bool> is_fresh(Connection& db) {
  RAPPEL_ASSIGN(const std::int64_t application, db.query_integer("PRAGMA application_id"));
  RAPPEL_ASSIGN(const std::int64_t version, db.query_integer("PRAGMA user_version"));
  RAPPEL_ASSIGN(const std::int64_t tables, db.query_integer("SELECT count(*) FROM sqlite_schema"));
  return application == 0 && version == 0 && tables == 0;
}

Status prepare_schema(Connection& db, const ModelIdentity& model) {
  RAPPEL_ASSIGN(const bool fresh, is_fresh(db));
  return fresh ? create_tables(db, model) : check_schema(db, model);
}

Status check_schema(Connection& db, const ModelIdentity& model) {
  RAPPEL_ASSIGN(const std::int64_t application, db.query_integer("PRAGMA application_id"));
  RAPPEL_ASSIGN(const std::int64_t version, db.query_integer("PRAGMA user_version"));
  if (application != kApplicationId)
    return Status(Code::kFailedPrecondition,
                  db.file().string() + " is a database of another program: choose another data folder")
        .with_id("store-damaged");
  if (version < 1 || version > kSchemaVersion)
    return Status(Code::kFailedPrecondition,
                  fmt::format(
                      "{} has format version {}, this program knows versions 1 to {}: use the version of "
                      "rappel that wrote it, or another data folder",
                      db.file().string(), version, kSchemaVersion))
        .with_id(version < 1 ? "store-damaged" : "store-newer");
  return model.dimension == 0 ? Status() : check_model(db, model);
}

Result<int> read_dimension(Connection& db) {
  RAPPEL_ASSIGN(const std::string dimension, read_meta(db, "dimension"));
  const int number = std::atoi(dimension.c_str());
  if (number >= 0 && std::to_string(number) == dimension) return number;
  return db.damaged("the stored dimension is " + dimension);
}

Result<State> read_state(Connection& db) {
  RAPPEL_ASSIGN(Statement select, db.prepare("SELECT * FROM state WHERE one = 1"));
  RAPPEL_ASSIGN(const bool row, select.step());
  if (!row) return db.damaged("table state is empty");
  State state;
  state.commit = select.integer(1);
  state.next_row = select.integer(2);
  state.log_floor = select.integer(3);
  state.documents = select.integer(4);
  state.chunks = select.integer(5);
  if (select.columns() > 6) state.weighted = select.integer(6);  // since version 6
  if (state.commit < 0 || state.next_row < 1 || state.documents < 0 || state.chunks < state.documents ||
      state.weighted < 0 || state.weighted > state.chunks)
    return db.damaged("table state contradicts itself");
  return state;
}

Status write_state(Connection& db, const State& state) {
  RAPPEL_ASSIGN(
      Statement update,
      db.prepare("UPDATE state SET commit_number = ?1, next_row = ?2, log_floor = ?3, documents = ?4, "
                 "chunks = ?5, weighted = ?6 WHERE one = 1"));
  return update.bind(1, state.commit)
      .bind(2, state.next_row)
      .bind(3, state.log_floor)
      .bind(4, state.documents)
      .bind(5, state.chunks)
      .bind(6, state.weighted)
      .run();
}

}  // namespace rappel::sqlite
