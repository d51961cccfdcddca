#include "ingest/source/archive_files.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "testing/temp_dir.h"

namespace rappel {
namespace {

namespace fs = std::filesystem;

TEST(ArchiveFiles, ArchivesAreWhatIsNothingButFiles) {
  EXPECT_TRUE(is_archive("PK\x03\x04", "files.zip"));
  EXPECT_TRUE(is_archive("\x1F\x8B", "notes.txt.gz"));
  EXPECT_TRUE(is_archive(std::string("7z\xBC\xAF\x27\x1C"), "a.7z"));
  EXPECT_FALSE(is_archive("PK\x03\x04 word/document.xml", "report.docx")) << "a document of such a form";
  EXPECT_FALSE(is_archive("Rar!\x1A\x07", "a.rar")) << "not read";
  EXPECT_FALSE(is_archive("a text", "a.txt"));
}

TEST(ArchiveFiles, ArchiveThatIsCutMeanwhileIsRefused) {
  const TempDir dir;
  const fs::path path = dir.path() / "a.zip";
  std::ofstream(path, std::ios::binary) << "PK\x03\x04" << std::string(std::size_t{2} << 20, 'x');
  const auto bytes = read_found({.path = path, .name = "a.zip", .bytes = fs::file_size(path)}, 1 << 30);
  ASSERT_TRUE(bytes.ok());
  fs::resize_file(path, 0);
  const auto files = files_in_archive(*bytes, "a.zip", {}, "");
  EXPECT_EQ(files.status().code(), Code::kUnavailable);
  EXPECT_NE(files.status().message().find("another program cut it meanwhile"), std::string::npos);
}

}  // namespace
}  // namespace rappel
