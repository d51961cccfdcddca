#include "store/sqlite/index_cache.h"

#include <gtest/gtest.h>

#include "store/conformance/store_test_util.h"
#include "store/sqlite/changes.h"
#include "store/sqlite/connection.h"
#include "store/sqlite/schema.h"
#include "store/sqlite/sqlite_store.h"
#include "store/sqlite/test_options.h"
#include "testing/temp_dir.h"

namespace rappel::sqlite {
namespace {

constexpr int kDimension = 8;

// A store with two chunks, a connection that writes and one that reads.
class IndexCacheTest : public testing::Test {
 protected:
  void SetUp() override {
    const auto store = open_sqlite_store(test_options(folder_.path(), kDimension));
    ASSERT_TRUE(store.ok()) << store.status().to_string();
    ASSERT_TRUE((*store)->upsert({document("first", {"one otter", "two rivers"}, kDimension)}).ok());
    writer_ = Connection::open(sqlite_store_file(folder_.path()), 1000).value();
    reader_ = Connection::open(sqlite_store_file(folder_.path()), 1000).value();
  }
  IndexVersion read() {
    auto version = cache_.begin_read(*reader_);
    EXPECT_TRUE(version.ok()) << version.status().to_string();
    EXPECT_TRUE(reader_->exec("COMMIT").ok());
    return std::move(version).value();
  }
  // Writes a document, or removes it if it has no texts, in a transaction that stays open.
  void write(const std::string& id, const std::vector<std::string>& texts) {
    ASSERT_TRUE(writer_->exec("BEGIN IMMEDIATE").ok());
    const std::vector<NewDocument> documents = {document(id, texts, kDimension)};
    ASSERT_TRUE(replace_documents(*writer_, documents).ok());
  }

  TempDir folder_;
  IndexCache cache_{kDimension};
  std::unique_ptr<Connection> writer_, reader_;
};

TEST_F(IndexCacheTest, ACommitMakesTheVersionThatReadersFind) {
  const IndexVersion before = read();
  EXPECT_EQ(before.index.size(), 2u);
  write("second", {"three foxes"});
  EXPECT_EQ(read().commit, before.commit) << "nothing was committed yet";
  ASSERT_TRUE(cache_.commit(*writer_).ok());
  EXPECT_EQ(cache_.newest().commit, before.commit + 1);
  EXPECT_EQ(cache_.newest().index.size(), 3u);
  write("first", {});
  ASSERT_TRUE(cache_.commit(*writer_).ok());
  const IndexVersion after = read();
  EXPECT_EQ(after.commit, before.commit + 2);
  EXPECT_EQ(after.index.words.rows(), (std::vector<std::int64_t>{3}));
  EXPECT_EQ(after.index.dense.rows(), (std::vector<std::int64_t>{3}));
  EXPECT_EQ(before.index.words.rows(), (std::vector<std::int64_t>{1, 2}));
}

TEST_F(IndexCacheTest, ACommitThatFailsChangesNothing) {
  const IndexVersion before = read();
  ASSERT_TRUE(writer_
                  ->exec("PRAGMA foreign_keys=ON; CREATE TABLE parents(p INTEGER PRIMARY KEY); CREATE TABLE "
                         "children(p REFERENCES parents DEFERRABLE INITIALLY DEFERRED)")
                  .ok());
  write("second", {"three foxes"});
  ASSERT_TRUE(writer_->exec("INSERT INTO children VALUES(7)").ok());
  EXPECT_FALSE(cache_.commit(*writer_).ok()) << "the child has no parent";
  ASSERT_TRUE(writer_->exec("ROLLBACK").ok());
  EXPECT_EQ(cache_.newest().commit, before.commit);
  EXPECT_EQ(read().index.size(), 2u);
  // The same commit number, with other content.
  write("third", {"four", "five"});
  ASSERT_TRUE(cache_.commit(*writer_).ok());
  EXPECT_EQ(read().commit, before.commit + 1);
  EXPECT_EQ(read().index.size(), 4u);
}

TEST_F(IndexCacheTest, CommitsOfOthersAreReadAtTheNextLook) {
  const IndexVersion before = read();
  write("second", {"three foxes"});
  ASSERT_TRUE(writer_->exec("COMMIT").ok());
  EXPECT_EQ(cache_.newest().commit, before.commit);
  EXPECT_EQ(read().index.size(), 3u);
  // Their rows come before those of an own commit that nobody looked at.
  write("first", {});
  ASSERT_TRUE(writer_->exec("COMMIT").ok());
  write("fourth", {"six", "seven"});
  ASSERT_TRUE(cache_.commit(*writer_).ok());
  EXPECT_EQ(cache_.newest().index.words.rows(), (std::vector<std::int64_t>{3, 4, 5}));
  EXPECT_EQ(read().commit, before.commit + 3);
}

TEST_F(IndexCacheTest, ACommitBeforeTheFirstLookIsLeftToIt) {
  write("second", {"three foxes"});
  ASSERT_TRUE(cache_.commit(*writer_).ok());
  EXPECT_EQ(cache_.newest().commit, -1);
  EXPECT_EQ(read().index.size(), 3u);
}

}  // namespace
}  // namespace rappel::sqlite
