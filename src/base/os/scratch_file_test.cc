#include "base/os/scratch_file.h"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <csignal>
#include <cstring>
#include <string>
#include <string_view>

#include "testing/temp_dir.h"

namespace rappel {
namespace {

std::span<const std::byte> bytes_of(std::string_view text) { return std::as_bytes(std::span(text)); }

std::string read_text(const ScratchFile& file, std::uint64_t offset, std::size_t size) {
  std::string text(size, '?');
  EXPECT_TRUE(file.read(offset, std::as_writable_bytes(std::span(text))).ok());
  return text;
}

TEST(ScratchFile, KeepsWhatIsAppendedAndHasNoName) {
  const TempDir dir;
  auto file = ScratchFile::open(dir.path());
  ASSERT_TRUE(file.ok()) << file.status().to_string();
  ASSERT_TRUE((*file).append(bytes_of("one")).ok());
  ASSERT_TRUE((*file).append(bytes_of("second")).ok());
  EXPECT_EQ((*file).size(), 9u);
  EXPECT_EQ(read_text(*file, 3, 6), "second");
  EXPECT_EQ(read_text(*file, 1, 4), "nese");
  EXPECT_TRUE(std::filesystem::is_empty(dir.path()));
}

TEST(ScratchFile, ReadingBeyondTheEndFails) {
  const TempDir dir;
  auto file = ScratchFile::open(dir.path());
  ASSERT_TRUE((*file).append(bytes_of("one")).ok());
  std::string text(4, '?');
  EXPECT_EQ((*file).read(0, std::as_writable_bytes(std::span(text))).code(), Code::kUnavailable);
}

TEST(PrivateFolder, IsMadeWithItsParents) {
  const TempDir dir;
  const auto folder = dir.path() / "a" / "b";
  ASSERT_TRUE(make_private_folder(folder).ok());
  ASSERT_TRUE(make_private_folder(folder).ok()) << "it is there";
  using std::filesystem::perms;
  EXPECT_EQ(std::filesystem::status(folder).permissions() & perms::mask, perms::owner_all);
  const Status failed = make_private_folder("/dev/null/folder");
  EXPECT_NE(failed.message().find("/dev/null/folder"), std::string::npos);
}

TEST(ScratchFile, CanBeMapped) {
  const TempDir dir;
  auto file = ScratchFile::open(dir.path());
  ASSERT_TRUE((*file).append(bytes_of("mapped")).ok());
  auto mapped = (*file).map();
  ASSERT_TRUE(mapped.ok()) << mapped.status().to_string();
  EXPECT_EQ((*mapped)->bytes().size(), 6u);
  EXPECT_EQ(std::memcmp((*mapped)->bytes().data(), "mapped", 6), 0);
}

TEST(ScratchFile, FolderThatIsMissingIsNamed) {
  const TempDir dir;
  const auto missing = dir.path() / "missing";
  const auto file = ScratchFile::open(missing);
  ASSERT_EQ(file.status().code(), Code::kUnavailable);
  EXPECT_NE(file.status().message().find(missing.string()), std::string::npos);
}

}  // namespace
}  // namespace rappel
