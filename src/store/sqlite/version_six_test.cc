// An upgrade from version 5 that is cut off leaves version 5 or version 6, whole.
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <random>

#include "store/sqlite/migrations.h"
#include "store/sqlite/sqlite_store.h"
#include "store/sqlite/test_sql.h"
#include "testing/setting.h"
#include "testing/temp_dir.h"

namespace rappel {
namespace {

namespace fs = std::filesystem;

class CutOffUpgrade : public testing::Test {
 protected:
  void put_version_five() {
    fs::remove_all(options_.folder);
    fs::create_directory(options_.folder);
    fs::copy_file("testdata/stores/v5/rappel.db", file_);
  }
  // In a process of its own; returns how it ended.
  template <class Work>
  int upgrade_in_child(const Work& before) const {
    const pid_t child = ::fork();
    if (child == 0) {
      before();
      const auto upgraded = sqlite::upgrade_database(file_, {});
      ::_exit(upgraded.ok() ? 0 : upgraded.status().id() == "disk-full" ? 1 : 2);
    }
    int status = 0;
    EXPECT_EQ(::waitpid(child, &status, 0), child);
    return status;
  }
  std::string version() const { return run_sql(file_, "PRAGMA user_version"); }
  void expect_whole(const std::string& what) {
    const auto store = open_sqlite_store(options_);
    ASSERT_TRUE(store.ok()) << what << ": " << store.status().to_string();
    EXPECT_EQ((*store)->stats()->documents, 5) << what;
    const auto verified = verify_sqlite_store(options_);
    ASSERT_TRUE(verified.ok()) << what << ": " << verified.status().to_string();
    for (const Status& finding : verified->findings) ADD_FAILURE() << what << ": " << finding.to_string();
    EXPECT_EQ(version(), std::to_string(sqlite::kSchemaVersion) + "\n") << what;
  }

  TempDir temp_;
  SqliteStoreOptions options_{
      .folder = temp_.path() / "data", .model = {"test/model", 8, "r1"}, .busy_ms = 200};
  fs::path file_ = sqlite_store_file(options_.folder);
};

TEST_F(CutOffUpgrade, AProcessKilledAtAnyTimeLosesNothing) {
  std::mt19937 random(static_cast<unsigned>(setting("RAPPEL_SEED", 1)));
  const long kills = setting("RAPPEL_KILLS", 20);
  for (long i = 0; i < kills && !HasFailure(); ++i) {
    put_version_five();
    const auto wait = static_cast<suseconds_t>(random() % 20'000 + 1);
    upgrade_in_child([&] {
      std::signal(SIGALRM, SIG_DFL);
      const itimerval timer{{0, 0}, {0, wait}};
      ::setitimer(ITIMER_REAL, &timer, nullptr);
    });
    expect_whole("killed after " + std::to_string(wait) + " us");
  }
}

// A limit of the file size, as a disk that fills at each place.
TEST_F(CutOffUpgrade, AFullDiskLeavesVersionFive) {
  int refused = 0, upgraded = 0;
  for (rlim_t limit = 8192; upgraded == 0 && limit < (1u << 20); limit += 8192) {
    put_version_five();
    const int status = upgrade_in_child([&] {
      std::signal(SIGXFSZ, SIG_IGN);
      const rlimit bound{limit, limit};
      ::setrlimit(RLIMIT_FSIZE, &bound);
    });
    ASSERT_TRUE(WIFEXITED(status));
    ASSERT_LE(WEXITSTATUS(status), 1) << limit;
    EXPECT_EQ(version(), WEXITSTATUS(status) == 0 ? std::to_string(sqlite::kSchemaVersion) + "\n" : "5\n");
    (WEXITSTATUS(status) == 0 ? upgraded : refused) += 1;
    expect_whole(std::to_string(limit) + " bytes a file");
  }
  EXPECT_GT(refused, 3);
  EXPECT_EQ(upgraded, 1);
}

}  // namespace
}  // namespace rappel
