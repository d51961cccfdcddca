#include "base/os/private_file.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "base/os/file.h"
#include "testing/temp_dir.h"

namespace rappel {
namespace {

mode_t mode_of(const std::filesystem::path& path) {
  struct stat found {};
  EXPECT_EQ(::stat(path.c_str(), &found), 0) << path;
  return found.st_mode & 0777;
}

TEST(PrivateFile, IsForItsOwnerAndReplacesNothing) {
  const TempDir dir;
  ASSERT_TRUE(write_private_file(dir.path() / "a", "text").ok());
  EXPECT_EQ(mode_of(dir.path() / "a"), 0600u);
  EXPECT_EQ(write_private_file(dir.path() / "a", "other").code(), Code::kUnavailable);
  std::filesystem::create_symlink(dir.path() / "a", dir.path() / "link");
  EXPECT_EQ(append_private_lines(dir.path() / "link", "x\n", true).code(), Code::kUnavailable);
  EXPECT_EQ(*read_file(dir.path() / "a"), "text");
}

TEST(PrivateFile, LinesAreWholeAfterOneThatWasCut) {
  const TempDir dir;
  const auto path = dir.path() / "lines";
  ASSERT_TRUE(append_private_lines(path, "one\n", true).ok());
  ASSERT_TRUE(append_private_lines(path, "cut", false).ok());
  ASSERT_TRUE(append_private_lines(path, "two\n", true).ok());
  EXPECT_EQ(*read_file(path), "one\ncut\ntwo\n");
}

TEST(PrivateFile, AFolderIsWholeOrNotThere) {
  const TempDir dir;
  const auto fill = [](const std::filesystem::path& folder) {
    return write_private_file(folder / "a", "text");
  };
  ASSERT_TRUE(make_whole_folder(dir.path(), "one", fill).ok());
  EXPECT_EQ(*read_file(dir.path() / "one" / "a"), "text");
  EXPECT_EQ(mode_of(dir.path() / "one"), 0700u);
  const auto fail = [&](const std::filesystem::path& folder) {
    EXPECT_TRUE(fill(folder).ok());
    return Status(Code::kUnavailable, "no");
  };
  EXPECT_EQ(make_whole_folder(dir.path(), "two", fail).code(), Code::kUnavailable);
  std::filesystem::create_directories(dir.path() / ".new-three");
  remove_unfinished_folders(dir.path());
  remove_whole_folder(dir.path(), "one");
  EXPECT_TRUE(std::filesystem::is_empty(dir.path()));
}

TEST(PrivateFile, AFolderHasOneHolder) {
  const TempDir dir;
  auto first = take_private_folder(dir.path() / "held", "things");
  ASSERT_TRUE(first.ok());
  EXPECT_EQ(take_private_folder(dir.path() / "held", "things").status().code(), Code::kFailedPrecondition);
  { const Fd let_go = std::move(*first); }
  EXPECT_TRUE(take_private_folder(dir.path() / "held", "things").ok());
}

}  // namespace
}  // namespace rappel
