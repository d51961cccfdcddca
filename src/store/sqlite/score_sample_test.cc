#include "store/sqlite/score_sample.h"

#include <gtest/gtest.h>
#include <sqlite3.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <string>

#include "store/sqlite/connection.h"
#include "store/sqlite/signal_search.h"
#include "testing/temp_dir.h"

namespace rappel::sqlite {
namespace {

class SpreadRows : public testing::Test {
 protected:
  // Rows first, first + step, .., last.
  void fill(int first, int last, int step) {
    ASSERT_TRUE(db_->exec("CREATE TABLE chunks(row INTEGER PRIMARY KEY, text TEXT NOT NULL)").ok());
    ASSERT_TRUE(
        db_->exec(("WITH RECURSIVE n(i) AS (VALUES(" + std::to_string(first) + ") UNION ALL SELECT i + " +
                   std::to_string(step) + " FROM n WHERE i + " + std::to_string(step) +
                   " <= " + std::to_string(last) + ") INSERT INTO chunks SELECT i, hex(zeroblob(100)) FROM n")
                      .c_str())
            .ok());
  }
  // The instructions of SQLite that it takes.
  int cost() {
    int instructions = 0;
    sqlite3_progress_handler(
        db_->handle(), 1, [](void* count) { return ++*static_cast<int*>(count), 0; }, &instructions);
    EXPECT_TRUE(spread_rows(*db_).ok());
    sqlite3_progress_handler(db_->handle(), 0, nullptr, nullptr);
    return instructions;
  }

  static std::unique_ptr<Connection> open_empty(const std::filesystem::path& file) {
    std::ofstream created(file);
    return Connection::open(file, 0).value();
  }

  TempDir temp_;
  std::unique_ptr<Connection> db_ = open_empty(temp_.path() / "rappel.db");
};

TEST_F(SpreadRows, GoFromTheFirstRowToTheLast) {
  fill(5, 5 + 3 * 2999, 3);
  const auto rows = spread_rows(*db_);
  ASSERT_TRUE(rows.ok()) << rows.status().to_string();
  EXPECT_EQ(rows->size(), StoreReader::kSampleChunks);
  EXPECT_EQ(rows->front().row, 5);
  EXPECT_EQ(rows->back().row, 5 + 3 * 2999);
  for (std::size_t i = 1; i < rows->size(); ++i) {
    EXPECT_GT((*rows)[i].row, (*rows)[i - 1].row);
    EXPECT_NEAR(double((*rows)[i].row - (*rows)[i - 1].row), 3 * 2999 / 255.0, 3) << i;
  }
}

TEST_F(SpreadRows, AreAllRowsOfASmallStore) {
  fill(1, 7, 2);
  const auto rows = spread_rows(*db_);
  ASSERT_TRUE(rows.ok());
  EXPECT_EQ(rows->size(), 4u);
}

TEST_F(SpreadRows, AreNoneWithoutChunks) {
  fill(2, 1, 1);
  ASSERT_TRUE(db_->exec("DELETE FROM chunks").ok());
  const auto rows = spread_rows(*db_);
  ASSERT_TRUE(rows.ok());
  EXPECT_TRUE(rows->empty());
}

TEST_F(SpreadRows, CostNoMoreInALargerStore) {
  fill(1, 1000, 1);
  const int small = cost();
  ASSERT_TRUE(db_->exec("DROP TABLE chunks").ok());
  fill(1, 50'000, 1);
  EXPECT_LE(cost(), small + small / 10);
}

}  // namespace
}  // namespace rappel::sqlite
