#include "store/sqlite/verification.h"

#include <fmt/format.h>
#include <unistd.h>

#include <chrono>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "base/os/file.h"
#include "base/units.h"
#include "store/sqlite/checked_vfs.h"
#include "store/sqlite/chunk_blobs.h"
#include "store/sqlite/chunk_rows.h"
#include "store/sqlite/connection.h"
#include "store/sqlite/custom_values.h"
#include "store/sqlite/documents.h"
#include "store/sqlite/index_comparison.h"
#include "store/sqlite/languages.h"
#include "store/sqlite/log_format.h"
#include "store/sqlite/log_guard.h"
#include "store/sqlite/migrations.h"
#include "store/sqlite/page_seal.h"
#include "store/sqlite/schema.h"

namespace rappel::sqlite {
namespace {

Result<std::int64_t> count(Connection& db, const std::string& sql) { return db.query_integer(sql.c_str()); }

// The pages that the log has: those of the database may be torn, and are written again from it.
std::set<std::uint64_t> pages_in_log(const std::filesystem::path& database, std::size_t page_bytes) {
  std::set<std::uint64_t> pages;
  const auto log = read_file(log_file(database), std::size_t{1} << 33);
  if (!log.ok()) return pages;
  const auto bytes = std::as_bytes(std::span(log->data(), log->size()));
  for (std::size_t at = kLogHeaderBytes; at + kFrameHeaderBytes <= bytes.size();
       at += kFrameHeaderBytes + page_bytes)
    pages.insert(big_endian(&bytes[at]));
  return pages;
}

// Another process may be writing the page: a torn read shows whole soon.
bool is_whole(const std::filesystem::path& file, std::uint64_t number, std::string& page) {
  for (int attempt = 0; attempt < 3; ++attempt) {
    if (has_its_seal(number, std::as_bytes(std::span(page.data(), page.size())))) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
    const auto fd = open_regular_file(file);
    if (!fd.ok() ||
        ::pread(fd->get(), page.data(), page.size(), static_cast<off_t>((number - 1) * page.size())) !=
            static_cast<ssize_t>(page.size()))
      return true;
  }
  return false;
}

Status verify_pages(Connection& db, std::int64_t* count) {
  constexpr std::size_t kMostNamed = 10;
  RAPPEL_ASSIGN(const std::int64_t page_bytes, db.query_integer("PRAGMA page_size"));
  RAPPEL_ASSIGN(const Fd file, open_regular_file(db.file()));
  RAPPEL_ASSIGN(const std::string header, read_file_start(db.file(), kDatabaseHeaderBytes));
  if (!is_sealed(std::as_bytes(std::span(header.data(), header.size())))) return {};  // of an older version
  const std::set<std::uint64_t> in_log = pages_in_log(db.file(), static_cast<std::size_t>(page_bytes));
  std::string page(static_cast<std::size_t>(page_bytes), '\0'), named;
  std::size_t damaged = 0;
  // The log may have made the database smaller than its file still is. Unreadable: all pages are looked at.
  const auto last = db.query_integer("PRAGMA page_count");
  for (std::uint64_t number = 1; !last.ok() || static_cast<std::int64_t>(number) <= *last;
       ++number, ++*count) {
    const ssize_t n =
        ::pread(file.get(), page.data(), page.size(), static_cast<off_t>((number - 1) * page.size()));
    if (n != static_cast<ssize_t>(page.size())) break;
    if (in_log.contains(number) || is_whole(db.file(), number, page)) continue;
    if (++damaged <= kMostNamed) named += fmt::format("{}{}", named.empty() ? "" : ", ", number);
  }
  return damaged == 0
             ? Status()
             : db.damaged(fmt::format("{} without a valid checksum: {}{}", count_text(damaged, "page"), named,
                                      damaged > kMostNamed ? ", .." : ""));
}

// SQLite's own comparison of trees, rows and indexes.
Status check_integrity(Connection& db) {
  RAPPEL_ASSIGN(Statement select, db.prepare("PRAGMA integrity_check(5)"));
  std::string words;
  for (;;) {
    RAPPEL_ASSIGN(const bool row, select.step());
    if (!row) break;
    words += (words.empty() ? "" : "; ") + std::string(select.text(0));
  }
  return words == "ok" ? Status() : db.damaged(words);
}

Status verify_documents(Connection& db) {
  // Takes the place of the real table for insert_custom_values() on this connection.
  RAPPEL_TRY(db.exec("CREATE TEMP TABLE custom_values(doc, key, item, type, value, second)"));
  std::vector<std::int64_t> numbers;
  {
    RAPPEL_ASSIGN(Statement select, db.prepare("SELECT doc FROM documents NOT INDEXED"));
    for (;;) {
      RAPPEL_ASSIGN(const bool row, select.step());
      if (!row) break;
      numbers.push_back(select.integer(0));
    }
  }
  for (const std::int64_t doc : numbers) {
    RAPPEL_ASSIGN(const DocumentRow document, load_document(db, doc));
    RAPPEL_TRY(insert_custom_values(db, doc, document.metadata.custom));
  }
  RAPPEL_ASSIGN(const std::int64_t wrong,
                count(db,
                      "SELECT count(*) FROM (SELECT * FROM main.custom_values EXCEPT SELECT * FROM "
                      "temp.custom_values UNION ALL SELECT * FROM (SELECT * FROM temp.custom_values "
                      "EXCEPT SELECT * FROM main.custom_values))"));
  RAPPEL_TRY(db.exec("DROP TABLE temp.custom_values"));
  return wrong == 0 ? Status() : db.damaged("table custom_values does not agree with the documents");
}

Status verify_origins(Connection& db) {
  RAPPEL_ASSIGN(const std::int64_t version, db.query_integer("PRAGMA user_version"));
  if (version < kFirstVersionWithOrigins) return {};
  RAPPEL_ASSIGN(const std::int64_t strays,
                count(db, "SELECT count(*) FROM origins WHERE doc NOT IN (SELECT doc FROM documents)"));
  return strays == 0 ? Status() : db.damaged("table origins names documents that are not there");
}

Status verify_languages(Connection& db, LanguageSet found) {
  RAPPEL_ASSIGN(const std::int64_t version, db.query_integer("PRAGMA user_version"));
  if (version < kFirstVersionWithSignals) return {};
  RAPPEL_ASSIGN(const std::vector<WordLanguage> known, read_languages(db));
  for (const WordLanguage language : known) found.reset(static_cast<std::size_t>(language));
  return found.none() ? Status() : db.damaged("table languages lacks the language of a chunk");
}

Status verify_chunks(Connection& db, const State& state) {
  std::int64_t chunks = 0;
  LanguageSet languages;
  {
    RAPPEL_ASSIGN(const std::string columns, chunk_columns_of(db));
    RAPPEL_ASSIGN(Statement select, db.prepare("SELECT " + columns + " FROM chunks c"));
    for (;; ++chunks) {
      RAPPEL_ASSIGN(const bool row, select.step());
      if (!row) break;
      RAPPEL_ASSIGN(const ChunkFields chunk, read_chunk(db, select));
      RAPPEL_ASSIGN(const WordLanguage language, read_language(db, chunk.language));
      languages.set(static_cast<std::size_t>(language));
    }
  }
  RAPPEL_TRY(verify_languages(db, languages));
  RAPPEL_TRY(expect_count(db, "rows of table chunks", chunks, state.chunks));
  RAPPEL_ASSIGN(const std::int64_t strays,
                count(db,
                      "SELECT count(*) FROM chunks c LEFT JOIN documents d ON d.doc = c.doc WHERE d.doc IS "
                      "NULL OR c.idx <> c.row - d.first_row OR c.idx >= d.chunk_count"));
  return strays == 0 ? Status() : db.damaged("chunks do not belong to the rows of their document");
}

// Rows, and those that belong to no chunk which has one.
Status verify_blobs(Connection& db, const BlobTable& table, std::int64_t* rows) {
  {
    RAPPEL_ASSIGN(Statement select, db.prepare(table.select));
    for (;; ++*rows) {
      RAPPEL_ASSIGN(const bool row, select.step());
      if (!row) break;
      RAPPEL_TRY(read_blob(db, table, select).status());
    }
  }
  const std::string owners = table.mark == 0
                                 ? "SELECT row FROM chunks"
                                 : fmt::format("SELECT row FROM chunks WHERE signals & {}", table.mark);
  RAPPEL_ASSIGN(const std::int64_t strays,
                count(db, fmt::format("SELECT count(*) FROM {} WHERE row NOT IN ({})", table.name, owners)));
  if (strays != 0) return db.damaged(fmt::format("rows of table {} belong to no chunk", table.name));
  RAPPEL_ASSIGN(const std::int64_t expected, count(db, fmt::format("SELECT count(*) FROM ({})", owners)));
  return expect_count(db, fmt::format("rows of table {}", table.name).c_str(), *rows, expected);
}

Status verify_signals(Connection& db, const State& state, std::int64_t* rows) {
  RAPPEL_ASSIGN(const std::int64_t version, db.query_integer("PRAGMA user_version"));
  if (version < kFirstVersionWithSignals) return {};
  for (const BlobTable& table : kSignalTables) {
    std::int64_t of_table = 0;
    RAPPEL_TRY(verify_blobs(db, table, &of_table));
    if (table.mark == kSparseTable.mark)
      RAPPEL_TRY(expect_count(db, "chunks with weights in table state", state.weighted, of_table));
    *rows += of_table;
  }
  return {};
}

}  // namespace

void verify_database(Connection& db, StoreReport& report) {
  std::int64_t pages = 0;
  const Status sealed = verify_pages(db, &pages);
  report.add("pages", sealed, count_text(pages, "page") + " with their checksums");
  const auto compare = [&]() -> Status {
    RAPPEL_TRY(db.exec("BEGIN"));
    RAPPEL_ASSIGN(const State state, read_state(db));
    report.add("counts", compare_indexes(db), "indexes and counts agree with the tables");
    report.add("indexes", check_integrity(db), "every row is in every index (PRAGMA integrity_check)");
    report.add("documents", verify_documents(db),
               count_text(state.documents, "document") + " with their checksums");
    report.add("origins", verify_origins(db), "every file belongs to a document that is there");
    report.add("chunks", verify_chunks(db, state),
               count_text(state.chunks, "chunk") + " with their checksums");
    std::int64_t vectors = 0, signals = 0;
    const Status vectors_verified = verify_blobs(db, kVectorTable, &vectors);
    report.add("vectors", vectors_verified, count_text(vectors, "vector") + " with their checksums");
    const Status signals_verified = verify_signals(db, state, &signals);
    report.add("signals", signals_verified, count_text(signals, "further signal") + " with their checksums");
    return {};
  };
  if (const Status status = compare(); !status.ok()) report.add("tables", status, "");
  if (db.in_transaction()) (void)db.exec("ROLLBACK");  // an error may have ended it
}

}  // namespace rappel::sqlite
