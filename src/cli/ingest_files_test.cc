#include "cli/ingest_files.h"

#include <gtest/gtest.h>

#include <fstream>

#include "testing/temp_dir.h"

namespace rappel {
namespace {

namespace fs = std::filesystem;

void write(const fs::path& path, const std::string& text) {
  fs::create_directories(path.parent_path());
  std::ofstream(path, std::ios::binary) << text;
}

TEST(IngestFiles, FindsByTypeAndCountsTheRest) {
  const TempDir dir;
  for (const char* name :
       {"b.md", "a/x.TXT", "a/deep/y.markdown", "a/m.jsonl", "a/z.pdf", ".hidden/q.md", "noext"})
    write(dir.path() / name, "text");
  fs::create_directory_symlink(dir.path() / "a", dir.path() / "link");
  const FoundFiles found =
      find_files({dir.path().string(), (dir.path() / "gone").string(), (dir.path() / "a/z.pdf").string()});
  std::string names;
  for (const FoundFile& file : found.texts) names += file.name + " ";
  EXPECT_EQ(names, "a/deep/y.markdown a/x.TXT b.md ");
  ASSERT_EQ(found.manifests.size(), 1u);
  EXPECT_EQ(found.manifests[0].name, "a/m.jsonl");
  EXPECT_EQ(found.skipped, (std::map<std::string, std::size_t>{
                               {"hidden", 1}, {"links to folders", 1}, {"of other types", 2}}));
  ASSERT_EQ(found.problems.size(), 2u);
  EXPECT_NE(found.problems[0].find("no such file"), std::string::npos);
  EXPECT_NE(found.problems[1].find("only .txt"), std::string::npos);
}

TEST(IngestFiles, AnIdStaysWithThePlaceNotWithTheContent) {
  const TempDir dir;
  write(dir.path() / "one/a.md", "first");
  write(dir.path() / "two/a.md", "first");
  const auto describe = [&](const fs::path& path) {
    return *describe_file({path, "a.md", fs::file_size(path)});
  };
  const DocumentInput first = describe(dir.path() / "one/a.md");
  write(dir.path() / "one/a.md", "second version");
  const DocumentInput second = describe(dir.path() / "one/../one/a.md");
  EXPECT_EQ(first.id, second.id);
  EXPECT_NE(first.id, describe(dir.path() / "two/a.md").id);
  EXPECT_NE(first.metadata.filesize, second.metadata.filesize);
  EXPECT_EQ(second.metadata.source, "file");
  EXPECT_EQ(second.metadata.filename, "a.md");
}

TEST(IngestFiles, TextIsUtf8) {
  const TempDir dir;
  write(dir.path() / "bom.txt", "\xEF\xBB\xBFh\u00e9");
  write(dir.path() / "latin.txt", "h\xE9");
  EXPECT_EQ(*read_text_file(dir.path() / "bom.txt", 100), "h\u00e9");
  const auto latin = read_text_file(dir.path() / "latin.txt", 100);
  ASSERT_FALSE(latin.ok());
  EXPECT_NE(latin.status().message().find("latin.txt: is not UTF-8"), std::string::npos);
  EXPECT_FALSE(read_text_file(dir.path() / "bom.txt", 2).ok());
}

}  // namespace
}  // namespace rappel
