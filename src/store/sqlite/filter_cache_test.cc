#include "store/sqlite/filter_cache.h"

#include <gtest/gtest.h>

#include "store/conformance/store_test_util.h"
#include "store/sqlite/connection.h"
#include "store/sqlite/row_ranges.h"
#include "store/sqlite/sqlite_store.h"
#include "store/sqlite/test_options.h"
#include "testing/temp_dir.h"

namespace rappel::sqlite {
namespace {

class Filters : public testing::Test {
 protected:
  void SetUp() override {
    store_ = open_sqlite_store(test_options(folder_.path(), 4)).value();
    add("a", "Ann");
    add("b", "Bob");
    add("c", "Ann");
    db_ = Connection::open(sqlite_store_file(folder_.path()), 1000).value();
  }
  void add(const std::string& id, const std::string& author) {
    Metadata metadata;
    metadata.author = author;
    ASSERT_TRUE(store_->upsert({document(id, {"x", "y"}, 4, metadata)}).ok());
  }
  std::shared_ptr<const std::vector<RowRange>> of(const std::string& author, std::int64_t commit) {
    return cache_.ranges(*db_, commit, Filter::equals("author", author)).value();
  }

  TempDir folder_;
  std::unique_ptr<SnapshotStore> store_;
  std::unique_ptr<Connection> db_;
  ConnectionPool readers_{sqlite_store_file(folder_.path()), 1000};
  FilterCache cache_{readers_, 2 * sizeof(RowRange)};
};

TEST_F(Filters, AreKeptForTheirCommit) {
  const auto ann = of("Ann", 3);
  ASSERT_EQ(ann->size(), 2u);
  EXPECT_EQ((*ann)[0].first, 1);
  EXPECT_EQ((*ann)[1].first, 5);
  EXPECT_EQ(of("Ann", 3), ann);
  EXPECT_NE(of("Bob", 3), ann);  // takes the room of the other
  EXPECT_NE(of("Ann", 3), ann);
  add("d", "Ann");
  const auto later = of("Ann", 4);
  EXPECT_EQ(later->size(), 2u);
  EXPECT_EQ((*later)[1].count, 4);
  EXPECT_EQ(of("Ann", 4), later);
  // A reader of an older commit gets its own and leaves the newer one.
  EXPECT_NE(of("Ann", 3), later);
  EXPECT_EQ(of("Ann", 4), later);
}

TEST_F(Filters, TooLargeOnesAreNotKept) {
  add("d", "Bob");
  add("e", "Ann");
  const auto large = of("Ann", 5);
  EXPECT_EQ(large->size(), 3u);
  EXPECT_NE(of("Ann", 5), large);
}

TEST(Filter, EqualityIsThatOfTheTree) {
  EXPECT_EQ(Filter::equals("a", 3.0), Filter::equals("a", 3.0));
  EXPECT_NE(Filter::equals("a", 3.0), Filter::equals("a", std::string("3")));
  EXPECT_NE(Filter::equals("a", 3.0), Filter::equals("b", 3.0));
  EXPECT_NE(Filter::both_of({Filter::equals("a", 3.0)}), Filter::equals("a", 3.0));
}

}  // namespace
}  // namespace rappel::sqlite
