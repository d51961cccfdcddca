#include "base/os/folder_watch.h"

#include <gtest/gtest.h>

#include <fstream>
#include <functional>

#include "testing/temp_dir.h"

namespace rappel {
namespace {

namespace fs = std::filesystem;
using std::chrono::milliseconds;

constexpr FolderWatch::Pace kPace{milliseconds(60), milliseconds(2000), milliseconds(30)};

// Both ways, with the same promises.
class FolderWatchTest : public testing::TestWithParam<bool> {
 protected:
  void SetUp() override {
    fs::create_directories(root_ / "sub");
    write("old.txt");
  }
  void open() {
    watch_ = GetParam() ? FolderWatch::open_polling({root_}, kPace) : *FolderWatch::open({root_}, kPace);
  }
  void write(const fs::path& name, const char* text = "text") { std::ofstream(root_ / name) << text; }

  // Waits until the changes concern all of the paths.
  bool concerns(std::initializer_list<const char*> names) {
    FolderChanges all;
    const auto done = [&] {
      for (const char* name : names)
        if (!all.concern(root_ / name)) return false;
      return true;
    };
    while (!done()) {
      all.add(watch_->wait({}));
    }
    gone_ = all.gone;
    return !all.all;
  }

  TempDir dir_;
  const fs::path root_ = fs::canonical(dir_.path()) / "root";
  std::unique_ptr<FolderWatch> watch_;
  std::set<fs::path> gone_;
};

TEST_P(FolderWatchTest, SaysWhatIsNewOtherAndGone) {
  open();
  write("new.txt");
  write("sub/deep.txt");
  EXPECT_TRUE(concerns({"new.txt", "sub/deep.txt"}));
  write("old.txt", "another text");
  EXPECT_TRUE(concerns({"old.txt"}));
  EXPECT_TRUE(gone_.empty());
  fs::remove(root_ / "new.txt");
  EXPECT_TRUE(concerns({"new.txt"}));
  EXPECT_EQ(gone_, std::set<fs::path>{root_ / "new.txt"});
}

TEST_P(FolderWatchTest, RenamedFileIsSaidByBothNames) {
  open();
  fs::rename(root_ / "old.txt", root_ / "sub/renamed.txt");
  EXPECT_TRUE(concerns({"old.txt", "sub/renamed.txt"}));
  EXPECT_TRUE(gone_.contains(root_ / "old.txt"));
  EXPECT_FALSE(gone_.contains(root_ / "sub/renamed.txt"));
}

TEST_P(FolderWatchTest, NewAndMovedFoldersAreWatched) {
  open();
  fs::create_directories(root_ / "a/b");
  write("a/b/one.txt");
  EXPECT_TRUE(concerns({"a/b/one.txt"}));
  fs::rename(root_ / "a", root_ / "moved");
  EXPECT_TRUE(concerns({"a/b/one.txt", "moved/b/one.txt"}));
  write("moved/b/two.txt");
  EXPECT_TRUE(concerns({"moved/b/two.txt"}));
}

TEST_P(FolderWatchTest, WaitEndsWithAStopRequest) {
  open();
  std::stop_source stop;
  stop.request_stop();
  EXPECT_TRUE(watch_->wait(stop.get_token()).empty());
}

INSTANTIATE_TEST_SUITE_P(Methods, FolderWatchTest, testing::Bool(),
                         [](const auto& way) { return way.param ? "Polling" : "OfTheSystem"; });

// Systems without notifications poll from the start.
TEST(FolderWatch, PollsOnceAFolderIsOneTooMany) {
  const TempDir dir;
  const fs::path root = fs::canonical(dir.path());
  FolderWatch::Pace pace = kPace;
  pace.most_watches = 1;
  const auto watch = *FolderWatch::open({root}, pace);
  const std::string at_first = watch->method();
  fs::create_directory(root / "sub");
  FolderChanges changes = watch->wait({});
  EXPECT_TRUE(changes.concern(root / "sub"));
  EXPECT_EQ(changes.all, at_first == "inotify") << "what is in the folder may have changed";
  EXPECT_STREQ(watch->method(), "polling");
  std::ofstream(root / "sub/deep.txt") << "text";
  while (!changes.paths.contains(root / "sub/deep.txt")) changes = watch->wait({});
  EXPECT_FALSE(changes.all);
}

TEST(FolderWatch, PollsWhereThereAreNotEnoughWatches) {
  const TempDir dir;
  fs::create_directory(dir.path() / "sub");
  FolderWatch::Pace pace = kPace;
  pace.most_watches = 1;
  EXPECT_STREQ((*FolderWatch::open({dir.path()}, pace))->method(), "polling");
}

TEST(FolderWatch, RefusesAFolderThatIsNotThere) {
  EXPECT_EQ(FolderWatch::open({"/nonexistent/folder"}).status().code(), Code::kNotFound);
}

}  // namespace
}  // namespace rappel
