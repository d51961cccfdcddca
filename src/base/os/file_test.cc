#include "base/os/file.h"

#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstring>
#include <map>

#include "base/os/random.h"
#include "testing/resident.h"
#include "testing/temp_dir.h"

namespace rappel {
namespace {

TEST(File, AtomicWriteThenReadAndMap) {
  const TempDir dir;
  const auto path = dir.path() / "a.txt";
  ASSERT_TRUE(write_file_atomic(path, "one").ok());
  ASSERT_TRUE(write_file_atomic(path, "second").ok());
  EXPECT_EQ(*read_file(path), "second");
  const auto mapped = MappedFile::open(path);
  ASSERT_TRUE(mapped.ok());
  EXPECT_EQ((*mapped)->bytes().size(), 6u);
  // No temporary file is left.
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(dir.path()), {}), 1);
}

TEST(File, ReplacedFileKeepsItsOwner) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root may change the owner of a file";
  constexpr uid_t kUser = 1234;
  constexpr gid_t kGroup = 2345;
  const TempDir dir;
  const auto path = dir.path() / "secret";
  const auto mode_after = [&](mode_t mode) {
    EXPECT_EQ(::chown(path.c_str(), kUser, kGroup), 0);
    EXPECT_EQ(::chmod(path.c_str(), mode), 0);
    EXPECT_TRUE(write_file_atomic(path, "new", true).ok());
    struct stat info {};
    EXPECT_EQ(::stat(path.c_str(), &info), 0);
    EXPECT_EQ(info.st_uid, kUser);
    EXPECT_EQ(info.st_gid, kGroup);
    return info.st_mode & 07777;
  };
  ASSERT_TRUE(write_file_atomic(path, "old", true).ok());
  EXPECT_EQ(mode_after(0600), 0600u);
  EXPECT_EQ(mode_after(0640), 0640u) << "the group of the server may read it";
  EXPECT_EQ(mode_after(0664), 0640u);
}

TEST(File, ReleasedPagesLeaveResidentMemoryAndCanBeReadAgain) {
  const TempDir dir;
  std::string content(8 << 20, '\0');
  for (std::size_t i = 0; i < content.size(); ++i) content[i] = static_cast<char>(i % 251);
  ASSERT_TRUE(write_file_atomic(dir.path() / "big", content).ok());
  const auto mapped = std::move(MappedFile::open(dir.path() / "big")).value();
  const auto bytes = mapped->bytes();
  const auto holds = [&] { return std::memcmp(bytes.data(), content.data(), content.size()) == 0; };
  ASSERT_TRUE(holds());
  const auto before = resident_bytes(bytes.data());
  if (!before) GTEST_SKIP() << "no /proc/self/smaps";
  EXPECT_EQ(*before, content.size());

  mapped->release(bytes.subspan(1, 1));  // no whole page
  EXPECT_EQ(*resident_bytes(bytes.data()), *before);
  mapped->release(bytes.subspan(100, content.size() / 2));
  EXPECT_LE(*resident_bytes(bytes.data()), *before / 2 + (128 << 10));
  EXPECT_GE(*resident_bytes(bytes.data()), *before / 2);
  mapped->release(bytes);
  EXPECT_EQ(*resident_bytes(bytes.data()), 0u);
  EXPECT_TRUE(holds());
}

TEST(File, TruncatedMappingReadsAsZerosAndSaysSo) {
  const TempDir dir;
  const auto path = dir.path() / "model";
  ASSERT_TRUE(write_file_atomic(path, std::string(1 << 20, 'x')).ok());
  ASSERT_TRUE(write_file_atomic(dir.path() / "other", std::string(1 << 20, 'y')).ok());
  const auto mapped = std::move(MappedFile::open(path)).value();
  const auto other = std::move(MappedFile::open(dir.path() / "other")).value();
  EXPECT_TRUE(mapped->check().ok());
  std::filesystem::resize_file(path, 10);
  EXPECT_EQ(mapped->bytes()[0], std::byte{'x'});
  for (const std::size_t at : {std::size_t{1} << 19, (std::size_t{1} << 20) - 1, std::size_t{1} << 16})
    EXPECT_EQ(mapped->bytes()[at], std::byte{0});
  const Status damaged = mapped->check();
  EXPECT_EQ(damaged.code(), Code::kCorrupt);
  EXPECT_TRUE(
      damaged.message().starts_with("cannot use model: the file was changed in place after it was opened"))
      << damaged.message();
  EXPECT_EQ(damaged.cause(), path.string()) << "the folder is for the log alone";
  EXPECT_TRUE(other->check().ok());
  EXPECT_EQ(other->bytes()[1 << 19], std::byte{'y'});
}

TEST(File, MappingOfARewrittenFileIsRefusedForGood) {
  const TempDir dir;
  const auto path = dir.path() / "model";
  ASSERT_TRUE(write_file_atomic(path, std::string(1 << 16, 'x')).ok());
  const auto replaced = std::move(MappedFile::open(path)).value();
  ASSERT_TRUE(write_file_atomic(path, std::string(1 << 16, 'y')).ok());
  EXPECT_TRUE(replaced->check().ok()) << "a rename leaves the mapped file alone";
  EXPECT_EQ(replaced->bytes()[0], std::byte{'x'});
  const auto rewritten = std::move(MappedFile::open(path)).value();
  const auto written = std::filesystem::last_write_time(path);
  std::filesystem::last_write_time(path, written + std::chrono::seconds(2));
  EXPECT_EQ(rewritten->check().code(), Code::kCorrupt);
}

// Pages that were lost stay lost, also if the file gets its size and time back.
TEST(File, LostPagesAreNotForgotten) {
  const TempDir dir;
  const auto path = dir.path() / "model";
  ASSERT_TRUE(write_file_atomic(path, std::string(1 << 16, 'x')).ok());
  const auto written = std::filesystem::last_write_time(path);
  const auto mapped = std::move(MappedFile::open(path)).value();
  std::filesystem::resize_file(path, 0);
  EXPECT_EQ(mapped->bytes()[100], std::byte{0});
  std::filesystem::resize_file(path, 1 << 16);
  std::filesystem::last_write_time(path, written);
  EXPECT_NE(mapped->check().message().find("parts of it cannot be read any more"), std::string::npos);
}

TEST(FileDeathTest, BusErrorsElsewhereStillEndTheProcess) {
  const TempDir dir;
  const auto path = dir.path() / "file";
  ASSERT_TRUE(write_file_atomic(path, std::string(1 << 16, 'x')).ok());
  const auto guarded = std::move(MappedFile::open(path)).value();
  const Fd fd = std::move(open_regular_file(path)).value();
  void* plain = ::mmap(nullptr, 1 << 16, PROT_READ, MAP_SHARED, fd.get(), 0);
  ASSERT_NE(plain, MAP_FAILED);
  std::filesystem::resize_file(path, 0);
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)  // they report the signal and exit
  const auto ended = [](int status) { return WIFEXITED(status) && WEXITSTATUS(status) != 0; };
#else
  const auto ended = testing::KilledBySignal(SIGBUS);
#endif
  EXPECT_EXIT((void)*static_cast<volatile char*>(plain), ended, "");
  EXPECT_EXIT((void)::raise(SIGBUS), ended, "");
  ::munmap(plain, 1 << 16);
}

TEST(File, ErrorMessagesNameTheFile) {
  const TempDir dir;
  EXPECT_EQ(read_file(dir.path() / "none").status().code(), Code::kNotFound);
  EXPECT_NE(MappedFile::open(dir.path() / "none").status().message().find("none"), std::string::npos);
  EXPECT_EQ(MappedFile::open(dir.path()).status().code(), Code::kInvalidArgument);
  ASSERT_TRUE(write_file_atomic(dir.path() / "big", std::string(100, 'x')).ok());
  EXPECT_EQ(read_file(dir.path() / "big", 99).status().code(), Code::kResourceExhausted);
  ASSERT_TRUE(write_file_atomic(dir.path() / "empty", "").ok());
  EXPECT_TRUE((*MappedFile::open(dir.path() / "empty"))->bytes().empty());
}

TEST(Random, UuidHasVersionAndVariant) {
  const std::string uuid = random_uuid();
  ASSERT_EQ(uuid.size(), 36u);
  EXPECT_EQ(uuid[14], '4');
  EXPECT_NE(std::string("89ab").find(uuid[19]), std::string::npos);
  EXPECT_NE(uuid, random_uuid());
}

TEST(FileTest, SpecialFilesAreRefusedWithoutWaiting) {
  const TempDir dir;
  const auto fifo = dir.path() / "pipe";
  ASSERT_EQ(::mkfifo(fifo.c_str(), 0600), 0);
  for (const auto& [path, kind] : std::map<std::filesystem::path, std::string>{
           {fifo, "FIFO"}, {"/dev/zero", "device"}, {dir.path(), "folder"}}) {
    EXPECT_EQ(special_file_kind(path), kind);
    for (const Status& refused : {read_file(path).status(), read_file_start(path, 10).status(),
                                  open_regular_file(path).status(), MappedFile::open(path).status()}) {
      EXPECT_EQ(refused.code(), Code::kInvalidArgument);
      EXPECT_EQ(refused.message(),
                "cannot read " + path.string() + ": it is a " + kind + "; name a regular file");
    }
  }
  EXPECT_EQ(*read_file("/dev/null"), "");
}

TEST(FileTest, ReadsTheStartOfAFile) {
  const TempDir dir;
  ASSERT_TRUE(write_file_atomic(dir.path() / "file", "0123456789").ok());
  EXPECT_EQ(*read_file_start(dir.path() / "file", 4), "0123");
  EXPECT_EQ(*read_file_start(dir.path() / "file", 40), "0123456789");
  EXPECT_EQ(*read_file(dir.path() / "file", 10), "0123456789");
  EXPECT_STREQ(special_file_kind(dir.path() / "file"), "");
  EXPECT_STREQ(special_file_kind(dir.path() / "none"), "");
}

}  // namespace
}  // namespace rappel
