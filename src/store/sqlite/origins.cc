#include "store/sqlite/origins.h"

#include "store/sqlite/connection.h"

namespace rappel::sqlite {
namespace {

constexpr std::size_t kMostOfOneContent = 100;

// Its rows are an id and kOriginColumns. No column of documents has one of these names.
Result<Statement> prepare_files(Connection& db, std::string_view condition_and_order) {
  return db.prepare("SELECT id, " + std::string(kOriginColumns) +
                    " FROM origins JOIN documents USING(doc) WHERE " + std::string(condition_and_order));
}

Result<std::vector<KnownFile>> read_files(Statement& select) {
  std::vector<KnownFile> files;
  for (;;) {
    RAPPEL_ASSIGN(const bool row, select.step());
    if (!row) return files;
    files.push_back({std::string(select.text(0)), read_origin(select, 1)});
  }
}

}  // namespace

FileOrigin read_origin(const Statement& select, int column) {
  FileOrigin origin{.path = std::string(select.text(column)),
                    .name = std::string(select.text(column + 1)),
                    .content = std::string(select.text(column + 2)),
                    .settings = std::string(select.text(column + 3))};
  if (!select.is_null(column + 4))
    origin.fingerprint = static_cast<std::uint64_t>(select.integer(column + 4));
  return origin;
}

Status write_origin(Connection& db, std::int64_t doc, const FileOrigin& origin) {
  RAPPEL_ASSIGN(Statement insert,
                db.prepare("INSERT OR REPLACE INTO origins(doc, " + std::string(kOriginColumns) +
                           ") VALUES(?1, ?2, ?3, ?4, ?5, ?6)"));
  insert.bind(1, doc)
      .bind(2, std::string_view(origin.path))
      .bind(3, std::string_view(origin.name))
      .bind(4, std::string_view(origin.content))
      .bind(5, std::string_view(origin.settings));
  if (origin.fingerprint) insert.bind(6, static_cast<std::int64_t>(*origin.fingerprint));
  return insert.run();
}

Status remove_origin(Connection& db, std::int64_t doc, std::string_view path) {
  RAPPEL_ASSIGN(Statement erase, db.prepare("DELETE FROM origins WHERE path = ?1 AND doc = ?2"));
  return erase.bind(1, path).bind(2, doc).run();
}

Status remove_origins(Connection& db, std::int64_t doc) {
  RAPPEL_ASSIGN(Statement erase, db.prepare("DELETE FROM origins WHERE doc = ?1"));
  return erase.bind(1, doc).run();
}

Result<std::vector<FileOrigin>> read_origins(Connection& db, std::int64_t doc) {
  RAPPEL_ASSIGN(Statement select, db.prepare("SELECT " + std::string(kOriginColumns) +
                                             " FROM origins WHERE doc = ?1 ORDER BY path"));
  select.bind(1, doc);
  std::vector<FileOrigin> origins;
  for (;;) {
    RAPPEL_ASSIGN(const bool row, select.step());
    if (!row) return origins;
    origins.push_back(read_origin(select, 0));
  }
}

Result<std::vector<FileOrigin>> origins_of(Connection& db, std::string_view id) {
  RAPPEL_ASSIGN(Statement select, db.prepare("SELECT doc FROM documents WHERE id = ?1"));
  RAPPEL_ASSIGN(const bool found, select.bind(1, id).step());
  if (!found) return std::vector<FileOrigin>();
  return read_origins(db, select.integer(0));
}

Result<std::vector<KnownFile>> files_at(Connection& db, std::string_view path) {
  RAPPEL_ASSIGN(Statement select, prepare_files(db, "path = ?1 ORDER BY id"));
  select.bind(1, path);
  return read_files(select);
}

Result<std::vector<KnownFile>> files_with(Connection& db, std::string_view content) {
  RAPPEL_ASSIGN(Statement select, prepare_files(db, "content = ?1 ORDER BY path, id LIMIT ?2"));
  select.bind(1, content).bind(2, static_cast<std::int64_t>(kMostOfOneContent));
  return read_files(select);
}

Result<std::vector<KnownFile>> files_below(Connection& db, std::string_view folder, const KnownFile* after,
                                           std::size_t limit) {
  const std::string first = std::string(folder) + "/", end = std::string(folder) + "0";  // '0' follows '/'
  RAPPEL_ASSIGN(Statement select, prepare_files(db,
                                                "path >= ?1 AND path < ?2 AND (path > ?1 OR id > ?3) "
                                                "ORDER BY path, id LIMIT ?4"));
  select.bind(1, after != nullptr ? std::string_view(after->origin.path) : first)
      .bind(2, std::string_view(end))
      .bind(3, after != nullptr ? std::string_view(after->id) : std::string_view())
      .bind(4, static_cast<std::int64_t>(limit));
  return read_files(select);
}

Status visit_fingerprints(Connection& db, const std::function<void(std::uint64_t, std::string_view)>& visit) {
  RAPPEL_ASSIGN(Statement select, prepare_files(db, "fingerprint IS NOT NULL"));
  for (;;) {
    RAPPEL_ASSIGN(const bool row, select.step());
    if (!row) return {};
    visit(static_cast<std::uint64_t>(select.integer(5)), select.text(0));
  }
}

}  // namespace rappel::sqlite
