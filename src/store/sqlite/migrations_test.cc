#include "store/sqlite/migrations.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sqlite3.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <set>

#include "base/os/file.h"
#include "store/conformance/store_test_util.h"
#include "store/sqlite/sqlite_store.h"
#include "testing/temp_dir.h"

namespace rappel {
namespace {

namespace fs = std::filesystem;
using namespace testing_store;

constexpr int kDimension = 8;

std::string first_value(const fs::path& file, const std::string& sql) {
  sqlite3* db = nullptr;
  std::string value;
  EXPECT_EQ(sqlite3_open(file.c_str(), &db), SQLITE_OK);
  const auto keep = [](void* out, int, char** values, char**) {
    *static_cast<std::string*>(out) += values[0] != nullptr ? std::string(values[0]) + "\n" : "";
    return 0;
  };
  EXPECT_EQ(sqlite3_exec(db, sql.c_str(), keep, &value, nullptr), SQLITE_OK) << sqlite3_errmsg(db);
  sqlite3_close(db);
  return value;
}

// A copy of testdata/stores/v1, a store that version 1 of the format wrote.
class MigrationTest : public testing::Test {
 protected:
  void SetUp() override {
    fs::create_directory(folder_);
    fs::copy_file("testdata/stores/v1/rappel.db", file_);
    ASSERT_EQ(version(), "1\n");
  }
  std::string version() const { return first_value(file_, "PRAGMA user_version"); }
  std::string whole() const { return *read_file(file_); }
  SqliteStoreOptions options() const {
    SqliteStoreOptions options;
    options.folder = folder_;
    options.model = {"test/model", kDimension, "r1"};
    options.busy_ms = 200;
    return options;
  }
  std::unique_ptr<SnapshotStore> open() const {
    auto store = open_sqlite_store(options());
    RAPPEL_CHECK(store.ok(), store.status().to_string().c_str());
    return std::move(store).value();
  }
  TempDir temp_;
  fs::path folder_ = temp_.path() / "data";
  fs::path file_ = folder_ / "rappel.db";
};

std::set<std::string> listed(DocumentStore& store, const Filter& filter) {
  std::set<std::string> ids;
  const auto page = store.list(filter, 0, 100);
  EXPECT_TRUE(page.ok()) << page.status().to_string();
  if (page.ok())
    for (const DocumentSummary& document : page->documents) ids.insert(document.id);
  return ids;
}

TEST_F(MigrationTest, EverythingOfVersionOneIsReadAndFound) {
  const auto store = open();
  using Ids = std::set<std::string>;
  EXPECT_EQ(listed(*store, Filter::all()), (Ids{"bare", "letter", "notes", "talk"}));
  const auto letter = store->get(std::vector<std::string>{"letter"});
  ASSERT_EQ(letter->size(), 1u);
  Metadata expected;
  expected.source = "email";
  expected.source_id = "inbox/1";
  expected.url = "https://example.org/a";
  expected.created_at = Timestamp{"2021-01-21T10:00:00+02:00", 1611216000};
  expected.author = "Zo\xC3\xAB";
  expected.filename = "a letter.txt";
  expected.filesize = 1234;
  EXPECT_EQ(letter->front().metadata, expected);
  EXPECT_EQ(letter->front().chunk_count, 2);
  EXPECT_EQ(letter->front().sample_text, "the quick brown fox");
  EXPECT_EQ(listed(*store, Filter::equals("author", std::string("Ben"))), (Ids{"talk"}));
  EXPECT_EQ(listed(*store, Filter::equals("filesize", std::int64_t{99})), (Ids{"notes"}));
  EXPECT_EQ(listed(*store, Filter::created_at_or_after(1611216001)), (Ids{"notes"}));
  EXPECT_EQ(listed(*store, Filter::equals("department", std::string("x"))), Ids{});

  const auto dense = store->search(SearchRequest::dense(unit_vector(1, kDimension), 100));
  ASSERT_TRUE(dense.ok()) << dense.status().to_string();
  EXPECT_EQ(dense->size(), 7u);
  const auto words = store->search(SearchRequest::lexical("fox", 100));
  ASSERT_TRUE(words.ok()) << words.status().to_string();
  EXPECT_EQ(words->size(), 2u);
}

TEST_F(MigrationTest, AnUpgradedStoreTakesCustomMetadata) {
  const auto store = open();
  Metadata m;
  m.custom = {{"department", std::string("sales")}, {"pages", std::int64_t{3}}};
  ASSERT_TRUE(store->upsert({document("bare", {"now with metadata"}, kDimension, m)}).ok());
  EXPECT_EQ(listed(*store, Filter::equals("department", std::string("sales"))),
            (std::set<std::string>{"bare"}));
  EXPECT_EQ(store->get(std::vector<std::string>{"bare"})->front().metadata, m);
  EXPECT_EQ(*store->remove(Filter::equals("pages", 3.0)), 1u);
}

TEST_F(MigrationTest, TheTablesAreThoseOfANewStore) {
  open();
  auto fresh = options();
  fresh.folder = temp_.path() / "fresh";
  ASSERT_TRUE(open_sqlite_store(fresh).ok());
  const std::string tables = "SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY name";
  EXPECT_EQ(first_value(file_, tables), first_value(fresh.folder / "rappel.db", tables));
  EXPECT_EQ(version(), std::to_string(sqlite::kSchemaVersion) + "\n");
}

TEST_F(MigrationTest, UpgradingTwiceChangesNothing) {
  ASSERT_TRUE(*sqlite::upgrade_database(file_, {}));
  const std::string once = whole();
  const auto again = sqlite::upgrade_database(file_, {});
  ASSERT_TRUE(again.ok());
  EXPECT_FALSE(*again);
  EXPECT_EQ(whole(), once);
}

TEST_F(MigrationTest, AProcessKilledBeforeTheCommitLeavesVersionOne) {
  const std::string before = whole();
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    (void)sqlite::upgrade_database(file_, {.before_commit = [] { ::kill(::getpid(), SIGKILL); }});
    ::_exit(1);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
  EXPECT_EQ(whole(), before);
  EXPECT_EQ(version(), "1\n");
  EXPECT_EQ(listed(*open(), Filter::all()).size(), 4u);
}

TEST_F(MigrationTest, AShortDiskIsRefusedBeforeAnythingIsWritten) {
  const std::string before = whole();
  const auto upgraded = sqlite::upgrade_database(file_, {.free_bytes = 5u << 20});
  ASSERT_FALSE(upgraded.ok());
  EXPECT_EQ(upgraded.status().code(), Code::kUnavailable);
  for (const char* part :
       {"cannot upgrade", "version 1 to 2", "5 MB free", "16 MB are needed", "free some space"})
    EXPECT_NE(upgraded.status().message().find(part), std::string::npos) << upgraded.status().message();
  EXPECT_EQ(whole(), before);
}

TEST_F(MigrationTest, AFileThatAnotherProcessHasOpenIsRefused) {
  sqlite3* other = nullptr;
  ASSERT_EQ(sqlite3_open(file_.c_str(), &other), SQLITE_OK);
  ASSERT_EQ(sqlite3_exec(other, "SELECT count(*) FROM documents", nullptr, nullptr, nullptr), SQLITE_OK);
  const auto refused = open_sqlite_store(options());
  ASSERT_FALSE(refused.ok());
  EXPECT_NE(refused.status().message().find("stop every rappel"), std::string::npos)
      << refused.status().to_string();
  sqlite3_close(other);
  EXPECT_EQ(version(), "1\n");
  EXPECT_EQ(listed(*open(), Filter::all()).size(), 4u);
}

TEST_F(MigrationTest, InspectingDoesNotUpgrade) {
  const std::string before = whole();
  const auto found = inspect_sqlite_store(options());
  ASSERT_TRUE(found.ok()) << found.status().to_string();
  EXPECT_EQ(found->documents, 4);
  EXPECT_EQ(whole(), before);
}

TEST_F(MigrationTest, ANewerVersionIsRefusedByName) {
  first_value(file_, "PRAGMA user_version=3");
  const auto refused = open_sqlite_store(options());
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.status().code(), Code::kFailedPrecondition);
  EXPECT_NE(refused.status().message().find("format version 3"), std::string::npos);
}

}  // namespace
}  // namespace rappel
