// The index files of a store after kills while they are written, and after power cuts that left any mixture
// of old, new, torn and missing files: every answer is that of a store that makes its index from the
// database.
//
// RAPPEL_INDEX_DRILLS sets the number of each (8 in the ordinary run), RAPPEL_SEED the random points.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <fstream>
#include <random>
#include <thread>

#include "store/sqlite/test_index_store.h"
#include "testing/setting.h"
#include "testing/temp_dir.h"

namespace rappel::sqlite {
namespace {

class IndexDrill : public testing::Test {
 protected:
  fs::path index() const { return folder_.path() / "index"; }
  // Answers with the files as they are, and then without them.
  void expect_sound() const {
    const auto found = answers(*open_store(folder_.path()));
    fs::remove_all(index());
    EXPECT_EQ(found, answers(*open_store(folder_.path())));
    EXPECT_FALSE(found.empty());
  }
  std::string damaged(std::string content) {
    if (content.empty()) return content;
    if (random_() % 2 == 0) return content.substr(0, random_() % content.size());
    content[random_() % content.size()] ^= static_cast<char>(1 << random_() % 8);
    return content;
  }

  const long drills_ = setting("RAPPEL_INDEX_DRILLS", 8);
  std::mt19937 random_{static_cast<unsigned>(setting("RAPPEL_SEED", 1))};
  TempDir folder_;
};

TEST_F(IndexDrill, AnyMixtureOfFilesCostsNoAnswer) {
  fill(*open_store(folder_.path()), 0, 60);
  for (long drill = 0; drill < drills_ && !HasFailure(); ++drill) {
    SCOPED_TRACE(drill);
    const auto older = files_of(folder_.path());
    {
      const auto store = open_store(folder_.path());
      fill(*store, random_() % 60, 1 + random_() % 3, random_());
      ASSERT_TRUE(store->remove(std::vector<std::string>{"d" + std::to_string(random_() % 60)}).ok());
    }
    auto files = files_of(folder_.path());
    files.insert(older.begin(), older.end());  // those that the newer manifest does not name
    for (const auto& [name, content] : files) {
      const auto before = older.find(name);
      switch (random_() % 5) {
        case 0: fs::remove(index() / name); break;
        case 1: std::ofstream(index() / name, std::ios::binary) << damaged(content); break;
        case 2:
          std::ofstream(index() / name, std::ios::binary) << (before == older.end() ? "" : before->second);
          break;
        default: std::ofstream(index() / name, std::ios::binary) << content;
      }
    }
    expect_sound();
  }
}

// A running store_index_crash_writer.
class Writer {
 public:
  Writer(const fs::path& folder, unsigned seed) {
    int ends[2];
    EXPECT_EQ(::pipe2(ends, O_CLOEXEC), 0);
    out_ = ends[0];
    std::string words[] = {RAPPEL_INDEX_CRASH_WRITER, folder.string(), std::to_string(seed)};
    char* argv[] = {words[0].data(), words[1].data(), words[2].data(), nullptr};
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
    EXPECT_EQ(::posix_spawn(&pid_, argv[0], &actions, nullptr, argv, environ), 0);
    posix_spawn_file_actions_destroy(&actions);
    ::close(ends[1]);
  }
  ~Writer() { ::close(out_); }
  // Until the store is about to be closed.
  bool wait() const {
    char line = 0;
    return ::read(out_, &line, 1) == 1;
  }
  void kill() const {
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }

 private:
  pid_t pid_ = -1;
  int out_ = -1;
};

TEST_F(IndexDrill, KillsWhileTheIndexIsSavedCostNoAnswer) {
  fill(*open_store(folder_.path()), 0, 60);
  for (long drill = 0; drill < drills_ && !HasFailure(); ++drill) {
    SCOPED_TRACE(drill);
    const Writer writer(folder_.path(), random_());
    ASSERT_TRUE(writer.wait());
    std::this_thread::sleep_for(std::chrono::microseconds(random_() % 40'000));
    writer.kill();
    expect_sound();
  }
}

}  // namespace
}  // namespace rappel::sqlite
