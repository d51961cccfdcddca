#include "extractor/conversion/private_folder.h"

#include <fcntl.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <utility>

#include "testing/temp_dir.h"

namespace rappel::extractor {
namespace {

namespace fs = std::filesystem;

Fd open_folder(const fs::path& path) { return Fd(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)); }

TEST(PrivateFolder, IsRemovedWhenItEnds) {
  const TempDir dir;
  {
    const auto folder = PrivateFolder::create(dir.path());
    ASSERT_TRUE(folder.ok()) << folder.status().to_string();
    fs::create_directory(folder->path() / "out");
    EXPECT_EQ(fs::status(folder->path()).permissions(), fs::perms::owner_all);
  }
  EXPECT_TRUE(fs::is_empty(dir.path()));
}

TEST(PrivateFolder, LeftOverIsRemovedAndOneInUseIsNot) {
  const TempDir dir;
  const fs::path left = dir.path() / "rappel-convert-killed";
  fs::create_directory(left);
  const auto used = PrivateFolder::create(dir.path());
  ASSERT_TRUE(used.ok());
  EXPECT_FALSE(fs::exists(left));
  const auto next = PrivateFolder::create(dir.path());
  ASSERT_TRUE(next.ok());
  EXPECT_TRUE(fs::exists(used->path()));
}

// Another process may remove a folder between the moments when this one opens and locks it.
TEST(PrivateFolder, RemovedFolderCannotBeLocked) {
  const TempDir dir;
  const fs::path path = dir.path() / "folder";
  fs::create_directory(path);
  const Fd opened = open_folder(path);
  {
    const Fd other = open_folder(path);
    EXPECT_TRUE(lock_folder(other));
    EXPECT_FALSE(lock_folder(opened)) << "another has it";
    fs::remove(path);
  }
  EXPECT_FALSE(lock_folder(opened));
  EXPECT_FALSE(lock_folder(Fd(-1)));
}

}  // namespace
}  // namespace rappel::extractor
