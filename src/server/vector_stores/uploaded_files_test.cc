#include "server/vector_stores/uploaded_files.h"

#include <gtest/gtest.h>

#include <fstream>

#include "base/os/file.h"
#include "testing/temp_dir.h"

namespace rappel {
namespace {

class UploadedFilesTest : public testing::Test {
 protected:
  UploadedFilesTest() { open(); }
  void open(UploadedFiles::Limits limits = {}) {
    files_.reset();
    files_ = std::make_unique<UploadedFiles>(dir_.path() / "files", limits, nullptr);
    const Status opened = files_->open();
    ASSERT_TRUE(opened.ok()) << opened.to_string();
  }
  Result<UploadedFile> add(const std::string& name, const std::string& bytes) {
    UploadedFile file;
    file.name = name;
    file.purpose = "assistants";
    file.owner = "me";
    return files_->add(file, bytes, {});
  }

  const TempDir dir_;
  std::unique_ptr<UploadedFiles> files_;
};

TEST_F(UploadedFilesTest, AreThereAfterARestart) {
  const auto first = add("a.txt", "bytes"), second = add("b.txt", "");
  ASSERT_TRUE(first.ok() && second.ok());
  open();
  const auto all = files_->list();
  ASSERT_EQ(all.size(), 2u);
  EXPECT_EQ(all[0].id, first->id);
  EXPECT_EQ(all[0].name, "a.txt");
  EXPECT_EQ(all[0].purpose, "assistants");
  EXPECT_EQ(all[0].owner, "me");
  EXPECT_EQ(all[0].bytes, 5u);
  EXPECT_EQ(all[0].created_us, first->created_us);
  EXPECT_LT(all[0].created_us, all[1].created_us);
  EXPECT_EQ(*read_file(files_->content(first->id)), "bytes");
}

TEST_F(UploadedFilesTest, HalfAFileIsNone) {
  const auto whole = add("a.txt", "bytes");
  ASSERT_TRUE(whole.ok());
  const auto root = dir_.path() / "files";
  std::filesystem::create_directories(root / ".new-file-1");
  std::ofstream(root / ".new-file-1" / "content") << "half";
  std::filesystem::create_directories(root / "file-2");
  std::ofstream(root / "file-2" / "content") << "without a description";
  std::filesystem::create_directories(root / "file-3");
  std::ofstream(root / "file-3" / "file.json") << "{\"id\":\"file-3\",\"na";
  open();
  ASSERT_EQ(files_->list().size(), 1u);
  EXPECT_FALSE(std::filesystem::exists(root / ".new-file-1"));
  EXPECT_TRUE(std::filesystem::exists(root / "file-2"));  // nobody knows whose it is
}

TEST_F(UploadedFilesTest, RemovedOnesAreGoneForGood) {
  const auto file = add("a.txt", "bytes");
  ASSERT_TRUE(file.ok());
  EXPECT_TRUE(files_->remove(file->id));
  EXPECT_FALSE(files_->remove(file->id));
  EXPECT_FALSE(files_->find(file->id));
  EXPECT_FALSE(std::filesystem::exists(files_->content(file->id)));
  open();
  EXPECT_TRUE(files_->list().empty());
}

TEST_F(UploadedFilesTest, IdsOfOthersAreUnknown) {
  std::ofstream(dir_.path() / "secret") << "x";
  for (const std::string& id : {std::string("../secret"), std::string(".."), std::string("lock"),
                                std::string(), std::string("file-\0x", 7), std::string(100'000, 'f')}) {
    EXPECT_FALSE(files_->find(id));
    EXPECT_FALSE(files_->remove(id));
  }
  EXPECT_TRUE(std::filesystem::exists(dir_.path() / "secret"));
}

TEST_F(UploadedFilesTest, LimitsHoldAndRoomComesBack) {
  open({.bytes = 10, .files = 2});
  const auto first = add("a", "12345678");
  ASSERT_TRUE(first.ok());
  EXPECT_EQ(add("b", "123").status().code(), Code::kResourceExhausted);
  ASSERT_TRUE(add("c", "12").ok());
  EXPECT_EQ(add("d", "").status().code(), Code::kResourceExhausted);
  files_->remove(first->id);
  EXPECT_TRUE(add("e", "12345678").ok());
}

TEST_F(UploadedFilesTest, ExpiredOnesAreNotThere) {
  UploadedFile file;
  file.name = "a";
  file.expires_at = now_us() / 1'000'000 - 1;
  const auto past = files_->add(file, "x", {});
  file.expires_at = now_us() / 1'000'000 + 3600;
  const auto future = files_->add(file, "y", {});
  ASSERT_TRUE(past.ok() && future.ok());
  EXPECT_FALSE(files_->find(past->id));
  ASSERT_EQ(files_->list().size(), 1u);
  open();
  EXPECT_EQ(files_->list().front().expires_at, file.expires_at);
}

TEST_F(UploadedFilesTest, AFolderHasOneServer) {
  UploadedFiles other(dir_.path() / "files", {}, nullptr);
  EXPECT_EQ(other.open().code(), Code::kFailedPrecondition);
}

}  // namespace
}  // namespace rappel
