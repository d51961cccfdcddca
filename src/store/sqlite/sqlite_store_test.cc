#include "store/sqlite/sqlite_store.h"

#include <gtest/gtest.h>
#include <sqlite3.h>
#include <sys/stat.h>

#include <fstream>
#include <random>
#include <thread>

#include "base/os/file.h"
#include "store/conformance/store_conformance.h"
#include "store/conformance/store_test_util.h"
#include "store/sqlite/migrations.h"
#include "store/sqlite/test_sql.h"

namespace rappel {
namespace {

namespace fs = std::filesystem;
constexpr int kDimension = 8;

SqliteStoreOptions options_for(const fs::path& folder, int dimension = kDimension) {
  SqliteStoreOptions options;
  options.folder = folder;
  options.model = {"test/model", dimension, "r1"};
  options.busy_ms = 2000;
  options.reserve_bytes = 0;
  return options;
}

Result<std::unique_ptr<DocumentStore>> open_store(const fs::path& folder, int dimension) {
  auto store = open_sqlite_store(options_for(folder, dimension));
  if (!store.ok()) return store.status();
  return std::unique_ptr<DocumentStore>(std::move(store).value());
}

INSTANTIATE_TEST_SUITE_P(Sqlite, StoreConformance, testing::Values(StoreFactory{"sqlite", open_store}),
                         factory_name);

class SqliteStoreTest : public testing::Test {
 protected:
  std::unique_ptr<DocumentStore> open() {
    auto store = open_store(folder_, kDimension);
    RAPPEL_CHECK(store.ok(), store.status().to_string().c_str());
    return std::move(store).value();
  }
  Status refusal(const SqliteStoreOptions& options) {
    const auto store = open_sqlite_store(options);
    EXPECT_FALSE(store.ok());
    return store.status();
  }
  void fill(DocumentStore& store, int documents) {
    std::vector<NewDocument> all;
    for (int i = 0; i < documents; ++i)
      all.push_back(
          document("d" + std::to_string(i), {"one " + std::to_string(i), "two", "three"}, kDimension));
    ASSERT_TRUE(store.upsert(all).ok());
    apply_to(twin_, all);
  }
  TempDir temp_;
  fs::path folder_ = temp_.path() / "deep" / "data";
  fs::path file_ = folder_ / "rappel.db";
  Twin twin_;
};

TEST_F(SqliteStoreTest, FolderAndFilesAreForTheirOwnerAlone) {
  const auto store = open();
  fill(*store, 1);
  const auto mode = [](const fs::path& path) {
    struct stat info {};
    EXPECT_EQ(::stat(path.c_str(), &info), 0) << path;
    return info.st_mode & 0777;
  };
  EXPECT_EQ(mode(folder_), 0700u);
  for (const char* name : {"rappel.db", "rappel.db-wal", "rappel.db-shm"})
    EXPECT_EQ(mode(folder_ / name), 0600u) << name;
}

TEST_F(SqliteStoreTest, RefusesAnotherModel) {
  fill(*open(), 3);
  SqliteStoreOptions other = options_for(folder_);
  other.model.name = "other/model";
  other.model.revision = "r2";
  const Status status = refusal(other);
  EXPECT_EQ(status.code(), Code::kFailedPrecondition);
  for (const char* part : {"test/model", "other/model", "8 dimensions", "another data folder", "ingest"})
    EXPECT_NE(status.message().find(part), std::string::npos) << part;
  EXPECT_NE(status.message().find("revision r2"), std::string::npos);
  other.model.name = "test/model";
  EXPECT_EQ(refusal(other).code(), Code::kFailedPrecondition);
  EXPECT_EQ(refusal(options_for(folder_, 16)).code(), Code::kFailedPrecondition);
  EXPECT_EQ(difference(*open(), twin_, kDimension), "");
}

// A model folder that was moved, or named by another path, is still the model.
TEST_F(SqliteStoreTest, TheSameFilesUnderAnotherNameAreTheSameModel) {
  fill(*open(), 3);
  SqliteStoreOptions moved = options_for(folder_);
  moved.model.name = "/elsewhere/model";
  EXPECT_TRUE(open_sqlite_store(moved).ok());
}

TEST_F(SqliteStoreTest, RefusesNewerFormatAndForeignFiles) {
  open();
  run_sql(file_, "PRAGMA user_version=" + std::to_string(sqlite::kSchemaVersion + 1));
  const Status newer = refusal(options_for(folder_));
  EXPECT_EQ(newer.code(), Code::kFailedPrecondition);
  EXPECT_NE(newer.message().find("format version " + std::to_string(sqlite::kSchemaVersion + 1)),
            std::string::npos);

  const fs::path foreign = temp_.path() / "foreign";
  fs::create_directory(foreign);
  run_sql(foreign / "rappel.db", "CREATE TABLE notes(x); PRAGMA application_id=7");
  EXPECT_EQ(refusal(options_for(foreign)).code(), Code::kFailedPrecondition);

  const fs::path text = temp_.path() / "text";
  fs::create_directory(text);
  std::ofstream(text / "rappel.db") << std::string(10000, 'x');
  const Status status = refusal(options_for(text));
  EXPECT_EQ(status.code(), Code::kCorrupt);
  EXPECT_NE(status.message().find("is not a database"), std::string::npos);

  std::ofstream(temp_.path() / "file") << "x";
  EXPECT_EQ(refusal(options_for(temp_.path() / "file")).code(), Code::kUnavailable);
  EXPECT_EQ(refusal(options_for(temp_.path() / "file" / "data")).code(), Code::kUnavailable);
  EXPECT_EQ(refusal(options_for(temp_.path() / "zero", 0)).code(), Code::kInvalidArgument);
}

TEST_F(SqliteStoreTest, TellsWhoHoldsTheLock) {
  const auto store = open();
  fill(*store, 1);
  sqlite3* other = open_raw(file_);
  ASSERT_EQ(sqlite3_exec(other, "BEGIN IMMEDIATE", nullptr, nullptr, nullptr), SQLITE_OK);
  const Status status = store->upsert({document("late", {"x"}, kDimension)});
  EXPECT_EQ(status.code(), Code::kUnavailable);
  EXPECT_NE(status.message().find("locked by another process"), std::string::npos);
  EXPECT_EQ(difference(*store, twin_, kDimension), "");  // reading goes on meanwhile
  EXPECT_EQ(store->writable().id(), "store-locked");
  ASSERT_EQ(sqlite3_exec(other, "COMMIT", nullptr, nullptr, nullptr), SQLITE_OK);
  sqlite3_close(other);
  EXPECT_TRUE(store->writable().ok()) << "known without a change";
  fill(*store, 2);
  EXPECT_EQ(difference(*store, twin_, kDimension), "");
}

TEST_F(SqliteStoreTest, InspectingChangesNothing) {
  EXPECT_EQ(inspect_sqlite_store(options_for(folder_)).status().code(), Code::kNotFound);
  EXPECT_FALSE(fs::exists(folder_));
  fill(*open(), 2);
  const std::string before = *read_file(file_);
  const auto found = inspect_sqlite_store(options_for(folder_));
  ASSERT_TRUE(found.ok()) << found.status().to_string();
  EXPECT_EQ(found->documents, 2);
  EXPECT_EQ(found->chunks, 6);
  EXPECT_EQ(*read_file(file_), before);
  EXPECT_FALSE(fs::exists(file_.string() + "-wal"));

  SqliteStoreOptions other = options_for(folder_);
  other.model.revision = "r2";
  EXPECT_EQ(inspect_sqlite_store(other).status().message(), refusal(other).message());
  other.model.dimension = 0;
  EXPECT_TRUE(inspect_sqlite_store(other).ok()) << "any model will do";

  sqlite3* writer = open_raw(file_);
  ASSERT_EQ(sqlite3_exec(writer, "BEGIN IMMEDIATE", nullptr, nullptr, nullptr), SQLITE_OK);
  SqliteStoreOptions hasty = options_for(folder_);
  hasty.busy_ms = 50;
  const Status locked = inspect_sqlite_store(hasty).status();
  EXPECT_NE(locked.message().find("locked by another process"), std::string::npos) << locked.message();
  sqlite3_close(writer);

  run_sql(file_, "PRAGMA user_version=" + std::to_string(sqlite::kSchemaVersion + 1));
  EXPECT_EQ(inspect_sqlite_store(options_for(folder_)).status().code(), Code::kFailedPrecondition);
  std::ofstream(file_) << std::string(10000, 'x');
  EXPECT_EQ(inspect_sqlite_store(options_for(folder_)).status().code(), Code::kCorrupt);
}

TEST_F(SqliteStoreTest, InspectingAStoreWhoseMakingWasCutOffFindsNone) {
  fs::create_directories(folder_);
  run_sql(file_, "PRAGMA journal_mode=WAL");
  ASSERT_GT(fs::file_size(file_), 0u);
  EXPECT_EQ(inspect_sqlite_store(options_for(folder_)).status().code(), Code::kNotFound);
  fill(*open(), 1);
  EXPECT_TRUE(inspect_sqlite_store(options_for(folder_)).ok());
}

TEST_F(SqliteStoreTest, InspectingLeavesTheLogOfACrashAsItIs) {
  const fs::path crashed = temp_.path() / "crashed";
  fs::create_directories(crashed);
  const auto store = open();
  fill(*store, 2);
  for (const char* name : {"rappel.db", "rappel.db-wal"}) fs::copy_file(folder_ / name, crashed / name);
  const std::string before = *read_file(crashed / "rappel.db"), log = *read_file(crashed / "rappel.db-wal");
  ASSERT_FALSE(log.empty());
  const auto found = inspect_sqlite_store(options_for(crashed));
  ASSERT_TRUE(found.ok()) << found.status().to_string();
  EXPECT_EQ(found->documents, 2) << "the log counts";
  EXPECT_EQ(*read_file(crashed / "rappel.db"), before);
  ASSERT_TRUE(fs::exists(crashed / "rappel.db-wal"));
  EXPECT_EQ(*read_file(crashed / "rappel.db-wal"), log);
}

TEST_F(SqliteStoreTest, TwoStoresOfOneFolderSeeEachOther) {
  std::unique_ptr<DocumentStore> stores[2];
  {
    // Both create it at the same time.
    std::thread first([&] { stores[0] = open(); });
    stores[1] = open();
    first.join();
  }
  std::mt19937 random(3);
  for (int step = 0; step < 60; ++step) {
    DocumentStore& store = *stores[random() % 2];
    const std::vector<NewDocument> documents = {
        document("d" + std::to_string(random() % 10), {std::to_string(random())}, kDimension),
        document("d" + std::to_string(random() % 10), {"a", "b"}, kDimension),
        document("d" + std::to_string(random() % 10), {}, kDimension)};
    ASSERT_TRUE(store.upsert(documents).ok());
    apply_to(twin_, documents);
    ASSERT_EQ(difference(*stores[random() % 2], twin_, kDimension), "") << step;
  }
}

// A store that fell further behind than the removal log reaches compares all documents instead.
TEST_F(SqliteStoreTest, FollowsBeyondTheRemovalLog) {
  const auto store = open();
  std::vector<NewDocument> documents;
  std::vector<std::string> odd;
  for (int i = 0; i < 42000; ++i) {
    NewDocument d;
    d.id = "d" + std::to_string(i);
    d.chunks.push_back(chunk("", static_cast<std::uint64_t>(i % 100), kDimension));
    if (i % 2 != 0) odd.push_back(d.id);
    documents.push_back(std::move(d));
  }
  ASSERT_TRUE(store->upsert(documents).ok());
  const auto behind = open();
  const auto old = open_reader(*behind);
  EXPECT_EQ(*store->remove(odd), odd.size());
  ASSERT_TRUE(store->upsert({document("one more", {"x"}, kDimension)}).ok());
  const auto fresh = open_reader(*behind);
  ASSERT_TRUE(fresh.ok()) << fresh.status().to_string();
  EXPECT_EQ(dense(**fresh, unit_vector(5, kDimension), 100000, Filter::all())->size(), 21001u);
  EXPECT_EQ(dense(**old, unit_vector(5, kDimension), 100000, Filter::all())->size(), 42000u);
  EXPECT_TRUE(dense(**fresh, unit_vector(5, kDimension), 10, Filter::document("d1"))->empty());
  EXPECT_EQ(dense(**fresh, unit_vector(5, kDimension), 10, Filter::document("d2"))->size(), 1u);
}

TEST_F(SqliteStoreTest, NoticesChangedBytes) {
  fill(*open(), 5);
  const auto changed = [&](const char* sql) {
    const fs::path copy = temp_.path() / "copy";
    fs::remove_all(copy);
    fs::copy(folder_, copy);
    run_sql(copy / "rappel.db", sql);
    auto store = open_store(copy, kDimension);
    if (!store.ok()) return store.status().code();
    const auto reader = open_reader(**store);
    const auto hits = dense(**reader, unit_vector(1, kDimension), 100, Filter::all());
    const auto chunks = (*reader)->chunks(keys_of(*hits));
    const auto page = (*store)->list(Filter::all(), 0, 100);
    return !chunks.ok() ? chunks.status().code() : page.status().code();
  };
  EXPECT_EQ(changed("SELECT 1"), Code::kOk);
  EXPECT_EQ(changed("UPDATE vectors SET dense = zeroblob(32) WHERE row = 4"), Code::kCorrupt);
  EXPECT_EQ(changed("UPDATE vectors SET dense = zeroblob(31) WHERE row = 4"), Code::kCorrupt);
  EXPECT_EQ(changed("DELETE FROM vectors WHERE row = 4"), Code::kCorrupt);
  EXPECT_EQ(changed("UPDATE chunks SET text = 'twp' WHERE row = 5"), Code::kCorrupt);
  EXPECT_EQ(changed("UPDATE chunks SET \"end\" = \"end\" + 1 WHERE row = 5"), Code::kCorrupt);
  EXPECT_EQ(changed("UPDATE documents SET author = 'x' WHERE id = 'd2'"), Code::kCorrupt);
  EXPECT_EQ(changed("UPDATE documents SET created_second = 1 WHERE id = 'd2'"), Code::kCorrupt);
  EXPECT_EQ(changed("DELETE FROM documents WHERE id = 'd2'"), Code::kCorrupt);
  EXPECT_EQ(changed("DELETE FROM state"), Code::kCorrupt);
  EXPECT_EQ(changed("UPDATE state SET chunks = 14"), Code::kCorrupt);
  EXPECT_EQ(changed("DELETE FROM meta WHERE key = 'dimension'"), Code::kCorrupt);
}

// Metadata may be large and is part of every chunk of an answer.
TEST_F(SqliteStoreTest, ChunksOfADocumentShareItsMetadata) {
  const auto store = open();
  fill(*store, 2);
  const auto reader = open_reader(*store);
  const auto hits = dense(**reader, unit_vector(1, kDimension), 100, Filter::document("d1"));
  ASSERT_GT(hits->size(), 1u);
  const auto first = (*reader)->chunks(keys_of(*hits)), second = (*reader)->chunks(keys_of(*hits));
  for (const auto* chunks : {&first, &second})
    for (const Chunk& chunk : **chunks) EXPECT_EQ(chunk.metadata, (*first)[0].metadata);
}

// Uses a store in every way; only that it returns matters.
void use(DocumentStore& store) {
  (void)store.stats();
  (void)store.list(Filter::all(), 0, 1000);
  if (const auto reader = open_reader(store); reader.ok()) {
    (void)lexical(**reader, "one two 7", 100, Filter::all());
    (void)lexical(**reader, "one two 7", 100, Filter::document("d1"));
    const auto hits = dense(**reader, unit_vector(1, kDimension), 1000, Filter::all());
    if (hits.ok()) {
      (void)(*reader)->chunks(keys_of(*hits));
    }
  }
  (void)store.upsert({document("d1", {"new one"}, kDimension), document("d30", {"two"}, kDimension)});
  (void)store.remove(std::vector<std::string>{"d2"});
  (void)store.remove(Filter::document("d3"));
  (void)store.list(Filter::all(), 0, 1000);
  (void)store.remove(Filter::all());
}

// Flipped, zeroed and missing bytes end in statuses, never in a crash or in an endless loop.
TEST_F(SqliteStoreTest, SurvivesDamagedFiles) {
  {
    const auto store = open();
    fill(*store, 40);
    ASSERT_TRUE(store->remove(std::vector<std::string>{"d5", "d6"}).ok());
  }
  const std::string whole = *read_file(file_);
  std::mt19937 random(5);
  int refused = 0;
  constexpr int kDamages = 160;
  for (int i = 0; i < kDamages; ++i) {
    std::string bytes = whole;
    switch (i % 4) {
      case 0: bytes.resize(random() % bytes.size()); break;
      case 1:
        for (unsigned n = 1 + random() % 8; n > 0; --n)
          bytes[random() % bytes.size()] ^= static_cast<char>(1 << random() % 8);
        break;
      case 2:  // the header and the schema's page are hit more often
        for (unsigned n = 1 + random() % 3; n > 0; --n) bytes[random() % 4096] = static_cast<char>(random());
        break;
      default: {
        const std::size_t page = random() % (bytes.size() / 4096) * 4096;
        std::fill_n(bytes.begin() + static_cast<std::ptrdiff_t>(page), 4096, static_cast<char>(random()));
      }
    }
    const fs::path copy = temp_.path() / ("damaged" + std::to_string(i));
    fs::create_directory(copy);
    std::ofstream(copy / "rappel.db", std::ios::binary) << bytes;
    SqliteStoreOptions options = options_for(copy);
    options.busy_ms = 50;
    if (const auto store = open_sqlite_store(options); store.ok()) {
      use(**store);
    } else {
      ++refused;
      EXPECT_FALSE(store.status().message().empty());
    }
    fs::remove_all(copy);
  }
  EXPECT_GT(refused, kDamages / 4);
}

// A crash leaves a torn or foreign tail of the log. Everything before it counts.
TEST_F(SqliteStoreTest, SurvivesADamagedLog) {
  const auto store = open();
  fill(*store, 10);
  const std::string database = *read_file(file_), log = *read_file(folder_ / "rappel.db-wal");
  ASSERT_GT(log.size(), 4096u);
  std::mt19937 random(6);
  for (int i = 0; i < 30; ++i) {
    std::string torn = log;
    if (i % 2 == 0) {
      torn.resize(random() % torn.size());
    } else {
      torn[random() % torn.size()] ^= 0x10;
    }
    const fs::path copy = temp_.path() / ("torn" + std::to_string(i));
    fs::create_directory(copy);
    std::ofstream(copy / "rappel.db", std::ios::binary) << database;
    std::ofstream(copy / "rappel.db-wal", std::ios::binary) << torn;
    const auto reopened = open_store(copy, kDimension);
    ASSERT_TRUE(reopened.ok()) << reopened.status().to_string();
    // One upsert() was one transaction: all of it or nothing.
    const std::int64_t documents = (*reopened)->stats()->documents;
    EXPECT_TRUE(documents == 0 || documents == 10) << documents;
    EXPECT_EQ(difference(**reopened, documents == 0 ? Twin() : twin_, kDimension), "");
    fs::remove_all(copy);
  }
}

}  // namespace
}  // namespace rappel
