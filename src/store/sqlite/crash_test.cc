// kill -9 at random points: what was acknowledged is there, and each pair of documents is wholly of one
// version.
//
// RAPPEL_KILLS sets the number of kills (25 in the ordinary run), RAPPEL_SEED the random points.
#include <fcntl.h>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sqlite3.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <map>
#include <random>
#include <set>
#include <sstream>
#include <thread>

#include "store/conformance/versioned_pairs.h"
#include "store/sqlite/crash_options.h"
#include "store/sqlite/test_sql.h"
#include "testing/setting.h"
#include "testing/temp_dir.h"

namespace rappel {
namespace {

namespace fs = std::filesystem;
constexpr int kThreads = 3, kPairsPerThread = 2, kPairs = kThreads * kPairsPerThread;

// A running store_crash_writer and what it said so far.
class Writer {
 public:
  Writer(const fs::path& folder, std::int64_t first, std::int64_t versions, const std::string& limit = {}) {
    int ends[2];
    EXPECT_EQ(::pipe2(ends, O_CLOEXEC), 0);
    out_ = ends[0];
    std::vector<std::string> words = {RAPPEL_CRASH_WRITER,      folder.string(),
                                      std::to_string(kThreads), std::to_string(kPairsPerThread),
                                      std::to_string(first),    std::to_string(versions)};
    if (!limit.empty()) words.push_back(limit);
    std::vector<char*> argv;
    for (auto& word : words) argv.push_back(word.data());
    argv.push_back(nullptr);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
    EXPECT_EQ(::posix_spawn(&pid_, RAPPEL_CRASH_WRITER, &actions, nullptr, argv.data(), environ), 0);
    posix_spawn_file_actions_destroy(&actions);
    ::close(ends[1]);
  }
  ~Writer() { ::close(out_); }

  // Reads until the time is over or the process has ended; true when it has ended.
  bool read_for(std::chrono::microseconds time) {
    const auto end = std::chrono::steady_clock::now() + time;
    for (;;) {
      const auto left =
          std::chrono::duration_cast<std::chrono::nanoseconds>(end - std::chrono::steady_clock::now());
      if (left.count() <= 0) return false;
      const timespec wait{left.count() / 1'000'000'000, left.count() % 1'000'000'000};
      pollfd ready{out_, POLLIN, 0};
      if (::ppoll(&ready, 1, &wait, nullptr) <= 0) continue;
      if (!read_some()) return true;
    }
  }
  // Reads until that many versions were acknowledged; true when the process has ended before.
  bool read_lines(long lines) {
    while (std::count(said_.begin(), said_.end(), '\n') < lines)
      if (!read_some()) return true;
    return false;
  }
  int finish() {
    while (read_some()) continue;
    int status = 0;
    ::waitpid(pid_, &status, 0);
    return status;
  }
  void kill() {
    ::kill(pid_, SIGKILL);
    finish();
  }
  const std::string& said() const { return said_; }

 private:
  bool read_some() {
    char buffer[4096];
    const ssize_t n = ::read(out_, buffer, sizeof buffer);
    if (n > 0) said_.append(buffer, static_cast<std::size_t>(n));
    return n > 0;
  }
  pid_t pid_ = -1;
  int out_ = -1;
  std::string said_;
};

// Last acknowledged version of each pair; any "error" line fails the test.
std::map<int, std::int64_t> acknowledged(const std::string& said) {
  std::map<int, std::int64_t> versions;
  std::istringstream lines(said);
  for (std::string line; std::getline(lines, line);) {
    int pair = 0;
    long long version = 0;
    if (std::sscanf(line.c_str(), "%d %lld", &pair, &version) == 2) {
      versions[pair] = version;
    } else {
      ADD_FAILURE() << line;
    }
  }
  return versions;
}

std::string first_text(sqlite3* db, const char* sql) {
  sqlite3_stmt* statement = nullptr;
  std::string answer = "no answer";
  if (sqlite3_prepare_v2(db, sql, -1, &statement, nullptr) != SQLITE_OK) answer = sqlite3_errmsg(db);
  if (statement != nullptr && sqlite3_step(statement) == SQLITE_ROW)
    answer = reinterpret_cast<const char*>(sqlite3_column_text(statement, 0));
  sqlite3_finalize(statement);
  return answer;
}

// SQLite's own checks of its pages, and the rows that belong together.
void check_file(const fs::path& file) {
  sqlite3* db = open_raw(file);
  EXPECT_EQ(first_text(db, "PRAGMA integrity_check"), "ok");
  const auto has_all_rows = [&](const std::string& table, int mark) {
    const std::string sql = fmt::format(
        "SELECT count(*) = (SELECT count(*) FROM chunks WHERE signals & {0}) AND count(*) = (SELECT count(*) "
        "FROM chunks JOIN {1} USING(row) WHERE signals & {0}) FROM {1}",
        mark, table);
    EXPECT_EQ(first_text(db, sql.c_str()), "1") << table;
  };
  has_all_rows("sparse", 1);
  has_all_rows("colbert", 2);
  EXPECT_EQ(
      first_text(db,
                 "SELECT (SELECT count(*) FROM chunks) = (SELECT count(*) FROM vectors) AND "
                 "(SELECT count(*) FROM chunks) = (SELECT coalesce(sum(chunk_count), 0) FROM documents)"),
      "1");
  sqlite3_close(db);
}

// The versions that each pair may be in: the last acknowledged one, and those that were on their way since.
using Possible = std::vector<std::set<std::int64_t>>;

// Takes what a killed writer said, which had begun at version `first`.
void learn(Possible& possible, const std::map<int, std::int64_t>& said, std::int64_t first) {
  for (int pair = 0; pair < kPairs; ++pair) {
    auto& versions = possible[static_cast<std::size_t>(pair)];
    if (const auto last = said.find(pair); last != said.end()) {
      versions = {last->second, last->second + 1};
    } else {
      versions.insert(first);
    }
  }
}

// Reads all pairs, which must be in a possible version, and narrows `possible` to what was found.
void verify(StoreReader& reader, Possible& possible) {
  for (int pair = 0; pair < kPairs; ++pair) {
    const auto read = read_pair(reader, pair, kCrashDimension);
    ASSERT_TRUE(read.ok()) << "pair " << pair << ": " << read.status().to_string();
    auto& versions = possible[static_cast<std::size_t>(pair)];
    const std::set<std::int64_t> before = versions;
    std::erase_if(versions, [&](std::int64_t v) { return *read >= 0 ? v != *read : !is_absent(v); });
    EXPECT_FALSE(versions.empty()) << "pair " << pair << " is of version " << *read << ", expected "
                                   << testing::PrintToString(before);
  }
}

TEST(Crash, NothingAcknowledgedIsLostAndNothingIsHalf) {
  const long kills = setting("RAPPEL_KILLS", 25);
  std::mt19937 random(static_cast<unsigned>(setting("RAPPEL_SEED", 1)));
  TempDir temp;
  const fs::path folder = temp.path() / "data";
  Possible possible(kPairs, {0});
  std::size_t acknowledgements = 0;
  for (long kill = 0; kill < kills && !HasFailure(); ++kill) {
    const std::int64_t first = kill * 100000 + 1;
    Writer writer(folder, first, 100000);
    // Short times hit the opening and the recovery; many acknowledgements, the checkpoints.
    if (kill % 2 == 0) {
      EXPECT_FALSE(writer.read_lines(std::vector<long>{1, 20, 300}[random() % 3])) << writer.said();
    }
    const unsigned longest = std::vector<unsigned>{3000, 30000}[random() % 2];
    EXPECT_FALSE(writer.read_for(std::chrono::microseconds(random() % longest))) << writer.said();
    writer.kill();
    learn(possible, acknowledged(writer.said()), first);
    acknowledgements +=
        static_cast<std::size_t>(std::count(writer.said().begin(), writer.said().end(), '\n'));
    if (random() % 8 == 0) continue;  // the next writer recovers by itself: what it finds is judged after it
    const auto store = open_sqlite_store(crash_options(folder));
    ASSERT_TRUE(store.ok()) << store.status().to_string();
    const auto reader = open_reader(**store);
    ASSERT_TRUE(reader.ok()) << reader.status().to_string();
    verify(**reader, possible);
    const Status trouble = (*store)->trouble();
    EXPECT_TRUE(trouble.ok()) << trouble.to_string();
    if (kill % 10 == 0) check_file(folder / "rappel.db");
  }
  check_file(folder / "rappel.db");
  EXPECT_GT(acknowledgements, 0u);
  RecordProperty("acknowledged", static_cast<int>(acknowledgements));
}

TEST(Crash, AnotherProcessWritesWhileThisOneReadsAndWrites) {
  TempDir temp;
  const fs::path folder = temp.path() / "data";
  const auto store = open_sqlite_store(crash_options(folder));
  ASSERT_TRUE(store.ok()) << store.status().to_string();
  Writer writer(folder, 1, 30);
  std::int64_t own = 0;
  for (bool ended = false; !ended;) {
    ended = writer.read_for(std::chrono::milliseconds(2));
    const Status wrote = write_pair(**store, 100, ++own, kCrashDimension);
    ASSERT_TRUE(wrote.ok()) << wrote.to_string();
    const auto said = acknowledged(writer.said());
    const auto reader = open_reader(**store);
    ASSERT_TRUE(reader.ok()) << reader.status().to_string();
    for (int pair = 0; pair < kPairs; ++pair) {
      const auto version = read_pair(**reader, pair, kCrashDimension);
      ASSERT_TRUE(version.ok()) << version.status().to_string();
      // A present pair is never older than what was acknowledged before the snapshot began.
      if (*version >= 0 && said.contains(pair)) {
        EXPECT_GE(*version, said.at(pair));
      }
    }
    const auto mine = read_pair(**reader, 100, kCrashDimension);
    ASSERT_TRUE(mine.ok()) << mine.status().to_string();
    EXPECT_EQ(*mine, is_absent(own) ? -1 : own);
  }
  EXPECT_EQ(writer.finish(), 0);
  const auto reader = open_reader(**store);
  for (int pair = 0; pair < kPairs; ++pair) {
    const auto version = read_pair(**reader, pair, kCrashDimension);
    ASSERT_TRUE(version.ok()) << version.status().to_string();
    EXPECT_EQ(*version, 30);
  }
}

TEST(Crash, FullDiskIsToldAndLosesNothing) {
  TempDir temp;
  const fs::path folder = temp.path() / "data";
  // Less than the database needs, so that emptying the log fails in its middle. Not a multiple of the page
  // size: the last write that fits is a torn one.
  Writer writer(folder, 1, 200, "200001");
  EXPECT_EQ(writer.finish(), 0);
  std::istringstream lines(writer.said());
  std::map<int, std::int64_t> known;
  std::size_t errors = 0;
  for (std::string line; std::getline(lines, line);) {
    int pair = 0;
    long long version = 0;
    if (std::sscanf(line.c_str(), "%d %lld", &pair, &version) == 2) {
      known[pair] = version;
    } else {
      ++errors;
      EXPECT_NE(line.find("no space left"), std::string::npos) << line;
    }
  }
  EXPECT_GT(errors, 0u);
  EXPECT_EQ(known.size(), static_cast<std::size_t>(kPairs));
  const auto store = open_sqlite_store(crash_options(folder));
  ASSERT_TRUE(store.ok()) << store.status().to_string();
  const auto reader = open_reader(**store);
  for (const auto& [pair, version] : known) {
    const auto read = read_pair(**reader, pair, kCrashDimension);
    ASSERT_TRUE(read.ok()) << read.status().to_string();
    EXPECT_EQ(*read, is_absent(version) ? -1 : version);
  }
  EXPECT_TRUE(write_pair(**store, 0, 1000, kCrashDimension).ok());
  check_file(folder / "rappel.db");
}

}  // namespace
}  // namespace rappel
