#include "store/sqlite/group_commit.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <fstream>
#include <future>
#include <set>
#include <vector>

#include "store/sqlite/connection.h"
#include "testing/temp_dir.h"

namespace rappel::sqlite {
namespace {

class GroupCommitTest : public testing::Test {
 protected:
  void SetUp() override {
    std::ofstream(file_).flush();
    auto db = Connection::open(file_, 2000);
    ASSERT_TRUE(db.ok()) << db.status().to_string();
    ASSERT_TRUE((*db)->exec("PRAGMA journal_mode=WAL; CREATE TABLE t(x INTEGER PRIMARY KEY)").ok());
    writer_ = std::make_unique<GroupCommit>(
        std::move(db).value(), GroupCommit::Hooks{.after_commit = [this](Connection&) { ++commits_; }});
  }
  std::set<std::int64_t> stored() {
    auto db = Connection::open(file_, 2000);
    std::set<std::int64_t> rows;
    auto select = (*db)->prepare("SELECT x FROM t");
    while (*select->step()) rows.insert(select->integer(0));
    return rows;
  }
  static Status insert(Connection& db, int x) {
    RAPPEL_ASSIGN(Statement statement, db.prepare("INSERT INTO t VALUES(?1)"));
    return statement.bind(1, x).run();
  }
  // Runs `change(db, i)` from n threads, all handed over while the writer is held up, so that they share a
  // transaction.
  template <class Change>
  std::vector<Status> together(int n, Change change, bool locked = false) {
    std::promise<void> held;
    const std::shared_future<void> released = held.get_future().share();
    auto holder = std::async(std::launch::async, [&] {
      return writer_->run([&](Connection&) { return released.wait(), Status(); }, 0);
    });
    std::vector<std::future<Status>> running;
    std::atomic<int> started{0};
    for (int i = 0; i < n; ++i) {
      running.push_back(std::async(std::launch::async, [&, i] {
        ++started;
        return writer_->run([&, i](Connection& db) { return change(db, i); }, 100);
      }));
    }
    while (started < n) std::this_thread::yield();
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    held.set_value();
    std::vector<Status> statuses;
    for (auto& one : running) statuses.push_back(one.get());
    EXPECT_EQ(holder.get().ok(), !locked);
    return statuses;
  }
  TempDir temp_;
  std::filesystem::path file_ = temp_.path() / "group.db";
  std::atomic<int> commits_{0};
  std::unique_ptr<GroupCommit> writer_;
};

TEST_F(GroupCommitTest, TimesEachCommit) {
  ASSERT_TRUE(writer_->run([](Connection& db) { return insert(db, 1); }, 100).ok());
  ASSERT_TRUE(writer_->run([](Connection& db) { return insert(db, 2); }, 100).ok());
  MetricsText text;
  text.family("commits", MetricsText::Type::kHistogram, "Commits.");
  writer_->commit_seconds().write(text, {});
  const std::string written = text.take();
  EXPECT_NE(written.find("\ncommits_count 2\n"), std::string::npos) << written;
}

TEST_F(GroupCommitTest, OneFailureUndoesOnlyItself) {
  const auto statuses = together(20, [](Connection& db, int i) -> Status {
    RAPPEL_TRY(insert(db, i));
    return i % 3 == 0 ? Status(Code::kInvalidArgument, "no") : Status();
  });
  std::set<std::int64_t> expected;
  for (int i = 0; i < 20; ++i) {
    EXPECT_EQ(statuses[static_cast<std::size_t>(i)].ok(), i % 3 != 0);
    if (i % 3 != 0) expected.insert(i);
  }
  EXPECT_EQ(stored(), expected);
  EXPECT_LE(commits_, 21);
}

TEST_F(GroupCommitTest, AnErrorOfTheDatabaseUndoesOnlyItsChange) {
  const auto statuses = together(10, [](Connection& db, int i) -> Status {
    RAPPEL_TRY(insert(db, 100 + i));
    return i == 4 ? insert(db, 100 + i) : Status();  // a row that is there already
  });
  for (int i = 0; i < 10; ++i) EXPECT_EQ(statuses[static_cast<std::size_t>(i)].ok(), i != 4);
  EXPECT_EQ(stored().size(), 9u);
  EXPECT_FALSE(stored().contains(104));
}

TEST_F(GroupCommitTest, AfterALostTransactionEachIsTriedAlone) {
  const auto statuses = together(10, [](Connection& db, int i) -> Status {
    RAPPEL_TRY(insert(db, i));
    if (i != 7) return {};
    RAPPEL_TRY(db.exec("ROLLBACK"));  // as SQLite does by itself when the disk is full
    return Status(Code::kUnavailable, "lost");
  });
  for (int i = 0; i < 10; ++i) EXPECT_EQ(statuses[static_cast<std::size_t>(i)].ok(), i != 7) << i;
  EXPECT_EQ(stored(), (std::set<std::int64_t>{0, 1, 2, 3, 4, 5, 6, 8, 9}));
}

TEST_F(GroupCommitTest, ALockedDatabaseFailsAllAndHarmsNone) {
  auto other = Connection::open(file_, 2000);
  ASSERT_TRUE((*other)->exec("BEGIN IMMEDIATE").ok());
  const auto statuses = together(
      20, [](Connection& db, int i) { return insert(db, i); }, true);
  for (const Status& status : statuses) EXPECT_EQ(status.code(), Code::kUnavailable);
  ASSERT_TRUE((*other)->exec("COMMIT").ok());
  EXPECT_TRUE(writer_->run([](Connection& db) { return insert(db, 1); }, 0).ok());
}

TEST_F(GroupCommitTest, MemoryExhaustionIsAStatus) {
  const Status status = writer_->run(
      [](Connection& db) -> Status {
        RAPPEL_TRY(insert(db, 1));
        throw std::bad_alloc();
      },
      0);
  EXPECT_EQ(status.code(), Code::kResourceExhausted);
  EXPECT_TRUE(stored().empty());
}

TEST_F(GroupCommitTest, WhatFollowsACommitMayLackMemory) {
  auto db = Connection::open(file_, 2000);
  GroupCommit writer(std::move(db).value(), {.after_commit = [](Connection& connection) {
                       ASSERT_TRUE(connection.exec("BEGIN IMMEDIATE").ok());
                       throw std::bad_alloc();
                     }});
  for (int i = 0; i < 3; ++i)
    EXPECT_TRUE(writer.run([i](Connection& connection) { return insert(connection, i); }, 0).ok()) << i;
  EXPECT_EQ(stored(), (std::set<std::int64_t>{0, 1, 2}));
}

TEST_F(GroupCommitTest, FinishesWhatWasHandedOver) {
  std::vector<std::future<Status>> running;
  for (int i = 0; i < 10; ++i)
    running.push_back(std::async(std::launch::async, [&, i] {
      return writer_->run([i](Connection& db) { return insert(db, i); }, 0);
    }));
  for (auto& one : running) EXPECT_TRUE(one.get().ok());
  writer_.reset();
  EXPECT_EQ(stored().size(), 10u);
}

}  // namespace
}  // namespace rappel::sqlite
