#include "store/sqlite/columns_cache.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <random>
#include <string>
#include <vector>

#include "store/conformance/store_test_util.h"
#include "store/sqlite/connection.h"
#include "store/sqlite/row_ranges.h"
#include "store/sqlite/schema.h"
#include "store/sqlite/sqlite_store.h"
#include "store/sqlite/test_options.h"
#include "store/sqlite/test_sql.h"
#include "testing/temp_dir.h"

namespace rappel::sqlite {
namespace {

constexpr int kDimension = 4;

using Ranges = std::vector<std::pair<std::int64_t, std::int64_t>>;
Ranges plain(const std::vector<RowRange>& ranges) {
  Ranges pairs;
  for (const RowRange& range : ranges) pairs.emplace_back(range.first, range.count);
  return pairs;
}

class ColumnsCacheTest : public testing::Test {
 protected:
  void SetUp() override { store_ = open_sqlite_store(test_options(folder_.path(), kDimension)).value(); }
  NewDocument random_document(std::size_t most_chunks) {
    return document("d" + std::to_string(random_() % 60),
                    std::vector<std::string>(random_() % (most_chunks + 1), "x"), kDimension,
                    random_metadata(random_));
  }
  // Begins a read transaction on db_.
  State begin() {
    if (db_->in_transaction()) (void)db_->exec("ROLLBACK");
    EXPECT_TRUE(db_->exec("BEGIN").ok());
    return read_state(*db_).value();
  }
  // Whether the columns are there, and select what the database selects.
  testing::AssertionResult agrees(ColumnsCache& cache, bool texts = false) {
    const auto columns = cache.at(*db_, begin().commit, texts);
    if (!columns) return testing::AssertionFailure() << "no columns";
    for (int i = 0; i < 20; ++i) {
      const Filter filter = random_filter(random_);
      if (filter.reads_texts() && !columns->has_texts()) continue;
      if (plain(columns->select(filter)) != plain(matching_row_ranges(*db_, filter).value()))
        return testing::AssertionFailure() << "op " << static_cast<int>(filter.op) << " of " << filter.key;
    }
    return testing::AssertionSuccess();
  }
  // There may be no such document.
  void change_metadata(const std::string& id) {
    OriginChange change;
    change.id = id;
    change.metadata = random_metadata(random_);
    const Status status = store_->origins()->change_origins(std::vector{change});
    ASSERT_TRUE(status.ok() || status.code() == Code::kNotFound) << status.to_string();
  }
  void change() {
    switch (random_() % 5) {
      case 0: {
        ASSERT_TRUE(store_->remove(random_filter(random_)).ok());
        break;
      }
      case 1: {
        change_metadata("d" + std::to_string(random_() % 60));
        break;
      }
      default: {
        std::vector<NewDocument> documents;
        for (unsigned n = random_() % 8; n > 0; --n) documents.push_back(random_document(3));
        ASSERT_TRUE(store_->upsert(documents).ok());
      }
    }
  }

  std::mt19937 random_{7};
  TempDir folder_;
  std::filesystem::path file_ = sqlite_store_file(folder_.path());
  std::unique_ptr<SnapshotStore> store_;
  ConnectionPool readers_{file_, 1000};
  std::unique_ptr<Connection> db_;
};

TEST_F(ColumnsCacheTest, FollowsEveryKindOfChange) {
  db_ = Connection::open(file_, 1000).value();
  ColumnsCache often(readers_), texts(readers_), seldom(readers_);
  for (int i = 0; i < 300; ++i) {
    change();
    ASSERT_TRUE(agrees(often)) << i;
    ASSERT_TRUE(agrees(texts, /*texts=*/i % 3 == 0)) << i;
    if (i % 7 != 0) continue;
    ASSERT_TRUE(agrees(seldom)) << i;
  }
}

TEST_F(ColumnsCacheTest, ReadsAllAgainWhereTheLogDoesNotReachBack) {
  db_ = Connection::open(file_, 1000).value();
  ColumnsCache cache(readers_);
  for (int i = 0; i < 10; ++i) change();
  ASSERT_TRUE(agrees(cache));
  for (int i = 0; i < 10; ++i) change();
  const char* const forget =
      "UPDATE state SET log_floor = commit_number; DELETE FROM removed; DELETE FROM changed";
  run_sql(file_, forget);
  EXPECT_TRUE(agrees(cache));
  ASSERT_TRUE(agrees(cache, /*texts=*/true));
  change();
  run_sql(file_, forget);
  EXPECT_TRUE(agrees(cache));
  EXPECT_TRUE(cache.at(*db_, begin().commit)->has_texts()) << "they stay";
}

TEST_F(ColumnsCacheTest, AnOlderReaderGetsNothingAndANewerOneStays) {
  db_ = Connection::open(file_, 1000).value();
  const auto older = Connection::open(file_, 1000).value();
  ASSERT_TRUE(store_->upsert({document("a", {"x"}, kDimension)}).ok());
  ASSERT_TRUE(older->exec("BEGIN").ok());
  const State before = read_state(*older).value();
  ASSERT_TRUE(store_->upsert({document("b", {"x"}, kDimension)}).ok());
  ColumnsCache cache(readers_);
  const std::int64_t commit = begin().commit;
  EXPECT_EQ(cache.at(*db_, commit)->size(), 2u);
  EXPECT_FALSE(cache.at(*older, before.commit));
  EXPECT_EQ(cache.at(*db_, commit)->size(), 2u);
}

TEST_F(ColumnsCacheTest, ALargeStoreIsReadInTheBackground) {
  std::vector<NewDocument> documents;
  for (int i = 0; i < 1500; ++i) documents.push_back(document("n" + std::to_string(i), {"x"}, kDimension));
  ASSERT_TRUE(store_->upsert(documents).ok());
  db_ = Connection::open(file_, 1000).value();
  ColumnsCache cache(readers_);
  const std::int64_t commit = begin().commit;
  EXPECT_FALSE(cache.at(*db_, commit));
  cache.wait();
  ASSERT_TRUE(cache.at(*db_, commit));
  EXPECT_EQ(cache.at(*db_, commit)->size(), 1500u);
  // A large change too.
  for (NewDocument& document : documents) document.chunks.resize(8, document.chunks[0]);
  ASSERT_TRUE(store_->upsert(documents).ok());
  EXPECT_FALSE(cache.at(*db_, begin().commit));
  cache.wait();
  EXPECT_TRUE(agrees(cache));
}

TEST_F(ColumnsCacheTest, ChangesWhileDocumentsAreReadAreFollowed) {
  std::vector<NewDocument> documents;
  for (int i = 0; i < 1500; ++i)
    documents.push_back(document("d" + std::to_string(i), {"x"}, kDimension, random_metadata(random_)));
  ASSERT_TRUE(store_->upsert(documents).ok());
  db_ = Connection::open(file_, 1000).value();
  for (int round = 0; round < 5; ++round) {
    ColumnsCache cache(readers_, /*slice=*/20);
    EXPECT_FALSE(cache.at(*db_, begin().commit));
    (void)db_->exec("ROLLBACK");
    for (int i = 0; i < 10; ++i) {
      const auto id = [&] { return "d" + std::to_string(random_() % 1500); };
      ASSERT_TRUE(store_->upsert({document(id(), {"x", "y"}, kDimension, random_metadata(random_))}).ok());
      ASSERT_TRUE(store_->remove(std::vector{id()}).ok());
      change_metadata(id());
    }
    cache.wait();
    ASSERT_TRUE(agrees(cache)) << round;
  }
}

TEST_F(ColumnsCacheTest, TextsAreReadWhenTheyAreNeededAndStay) {
  std::vector<NewDocument> documents;
  for (int i = 0; i < 1500; ++i)
    documents.push_back(document("d" + std::to_string(i), {"x"}, kDimension, random_metadata(random_)));
  ASSERT_TRUE(store_->upsert(documents).ok());
  db_ = Connection::open(file_, 1000).value();
  ColumnsCache cache(readers_);
  EXPECT_FALSE(cache.at(*db_, begin().commit));
  cache.wait();
  ASSERT_TRUE(agrees(cache));
  EXPECT_FALSE(cache.at(*db_, begin().commit)->has_texts());
  EXPECT_FALSE(agrees(cache, /*texts=*/true)) << "they are read in the background";
  change();
  ASSERT_TRUE(agrees(cache)) << "the others are answered meanwhile";
  cache.wait();
  ASSERT_TRUE(agrees(cache, /*texts=*/true));
  change();
  ASSERT_TRUE(agrees(cache));
  EXPECT_TRUE(cache.at(*db_, begin().commit)->has_texts());
}

TEST_F(ColumnsCacheTest, TextsThatAreTooLargeAreLeftToTheDatabase) {
  db_ = Connection::open(file_, 1000).value();
  ColumnsCache cache(readers_, ColumnsCache::kSlice, /*text_bytes=*/4000);
  for (int i = 0; i < 20; ++i) change();
  ASSERT_TRUE(agrees(cache, /*texts=*/true));
  Metadata large;
  large.author = std::string(5000, 'a');
  ASSERT_TRUE(store_->upsert({document("large", {"x"}, kDimension, large)}).ok());
  EXPECT_FALSE(cache.at(*db_, begin().commit, /*texts=*/true));
  ASSERT_TRUE(agrees(cache)) << "without texts";
  EXPECT_FALSE(cache.at(*db_, begin().commit)->has_texts());
  // And from the start.
  ColumnsCache other(readers_, ColumnsCache::kSlice, /*text_bytes=*/4000);
  EXPECT_FALSE(other.at(*db_, begin().commit, /*texts=*/true));
  EXPECT_TRUE(agrees(other));
}

TEST_F(ColumnsCacheTest, ADamagedDocumentLeavesFiltersToTheDatabase) {
  for (const char* id : {"a", "b"}) ASSERT_TRUE(store_->upsert({document(id, {"x"}, kDimension)}).ok());
  run_sql(file_, "UPDATE documents SET author = 'Ann' WHERE id = 'a'");
  db_ = Connection::open(file_, 1000).value();
  ColumnsCache cache(readers_);
  EXPECT_FALSE(cache.at(*db_, begin().commit));
}

}  // namespace
}  // namespace rappel::sqlite
