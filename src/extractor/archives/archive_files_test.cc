#include "extractor/archives/archive_files.h"

#include <gtest/gtest.h>

#include <string>

#include "extractor/office/test_zip.h"
#include "ingest/content/collected.h"

namespace rappel::extractor {
namespace {

std::string names(const CollectedContent& content) {
  std::string out;
  for (const Attachment& attachment : content.attachments)
    out += attachment.name + ":" + attachment.bytes + "\n";
  return out;
}

TEST(ArchiveFiles, FilesWithoutThoseOfSystems) {
  CollectedContent content;
  const std::string zip = test_zip({{"a/b.txt", "1"},
                                    {"__MACOSX/._b.txt", "2"},
                                    {"a/.DS_Store", "3"},
                                    {"../../up.txt", "4"},
                                    {"empty", ""},
                                    {"caf\xC3\xA9.txt", "5"}});
  ASSERT_TRUE(read_archive_files({zip, "x.zip"}, content).ok());
  EXPECT_EQ(names(content), "a/b.txt:1\nup.txt:4\ncaf\xC3\xA9.txt:5\n");
  EXPECT_TRUE(content.warnings.empty());
}

TEST(ArchiveFiles, CompressedFileHasItsName) {
  // printf hello | gzip -n
  const std::string gzip(
      "\x1F\x8B\x08\x00\x00\x00\x00\x00\x00\x03\xCB\x48\xCD\xC9\xC9\x07\x00\x86\xA6\x10\x36\x05\x00\x00\x00",
      25);
  CollectedContent content;
  ASSERT_TRUE(read_archive_files({gzip, "dir/notes.txt.gz"}, content).ok());
  EXPECT_EQ(names(content), "notes.txt:hello\n");
}

TEST(ArchiveFiles, ZstandardHasTheSameNamesAndBounds) {
  // printf hello | zstd --no-check
  const std::string zstd("\x28\xB5\x2F\xFD\x00\x58\x29\x00\x00\x68\x65\x6C\x6C\x6F", 14);
  CollectedContent content;
  ASSERT_TRUE(read_archive_files({zstd, "dir/notes.txt.zst"}, content).ok());
  EXPECT_EQ(names(content), "notes.txt:hello\n");
  EXPECT_TRUE(content.warnings.empty());
  std::string bomb("\x28\xB5\x2F\xFD\x00\x68", 6);
  for (int block = 0; block < 100; ++block) bomb += std::string("\x02\x00\x10u", 4);  // 128 KiB
  CollectedContent cut;
  ASSERT_TRUE(read_archive_files({bomb + std::string("\x03\x00\x10u", 4), "many.zst"}, cut).ok());
  EXPECT_EQ(cut.warnings.size(), 1u);
  EXPECT_EQ(cut.attachments.size(), 1u);
  for (const Attachment& part : cut.attachments) EXPECT_LE(part.bytes.size(), std::size_t{11} << 20);
}

TEST(ArchiveFiles, DamageIsTold) {
  CollectedContent content;
  EXPECT_EQ(read_archive_files({"PK\x03\x04 not an archive", "x.zip"}, content).code(),
            Code::kInvalidArgument);
  EXPECT_TRUE(content.attachments.empty());
}

}  // namespace
}  // namespace rappel::extractor
