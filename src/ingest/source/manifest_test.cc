#include "ingest/source/manifest.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>

#include "testing/temp_dir.h"

namespace rappel {
namespace {

namespace fs = std::filesystem;

class ManifestTest : public testing::Test {
 protected:
  void SetUp() override {
    fs::create_directories(folder_ / "below");
    std::ofstream(folder_ / "below/a.md") << "text of a";
    std::ofstream(dir_.path() / "outside.md") << "secret";
  }
  Result<ManifestDocument> line(const std::string& json) {
    return manifest_document(folder_ / "all.jsonl", *parse_json(json), 100);
  }
  std::string error(const std::string& json) { return line(json).status().message(); }
  TempDir dir_;
  const fs::path folder_ = dir_.path() / "files";
};

TEST_F(ManifestTest, TextWithMetadata) {
  const auto read = line(
      R"({"id":5,"text":"words","source":"email","source_id":12,"url":null,"x":["a"],"metadata":{"pages":3}})");
  ASSERT_TRUE(read.ok()) << read.status().message();
  EXPECT_EQ((*read).document.id, "5");
  EXPECT_EQ((*read).document.text, "words");
  EXPECT_EQ((*read).document.metadata.source_id, "12");
  EXPECT_FALSE((*read).document.metadata.url);
  EXPECT_EQ((*read).document.metadata.custom,
            (CustomMetadata{{"pages", 3}, {"x", std::vector<std::string>{"a"}}}));
  EXPECT_FALSE((*read).file);
}

TEST_F(ManifestTest, LineWithoutIdIsADocumentWithoutId) {
  for (const char* json : {R"({"text":"same words"})", R"({"id":"","text":"same words","author":"Ann"})"}) {
    const auto read = line(json);
    EXPECT_FALSE((*read).document.id);
    EXPECT_EQ((*read).former_id, "all-63c20595f7b6fd56") << "as version 0.1 named this text";
  }
  EXPECT_EQ((*line(R"({"id":"x","text":"same words"})")).former_id, "");
  const auto file = line(R"({"file":"below/a.md"})");
  EXPECT_EQ((*file).document.id->find("a.md-"), 0u);
  EXPECT_EQ((*file).former_id, "");
}

TEST_F(ManifestTest, WarningsOfANamedFileAndCancelling) {
  std::ofstream(folder_ / "nul.txt", std::ios::binary) << std::string("a\0b", 3);
  const auto read = line(R"({"file":"nul.txt"})");
  ASSERT_TRUE(read.ok());
  EXPECT_EQ((*read).warnings, std::vector<std::string>{"it contains 1 NUL character, so it may not be text"});
  std::stop_source stop;
  stop.request_stop();
  EXPECT_EQ(
      manifest_document(folder_ / "all.jsonl", *parse_json(R"({"file":"nul.txt"})"), 100, stop.get_token())
          .status()
          .code(),
      Code::kCancelled);
}

TEST_F(ManifestTest, FileBelowTheManifest) {
  const auto read = line(R"({"file":"below/../below/a.md","author":"Ann"})");
  ASSERT_TRUE(read.ok()) << read.status().message();
  EXPECT_EQ((*read).document.text, "text of a");
  EXPECT_EQ((*read).document.metadata.filename, "a.md");
  EXPECT_EQ((*read).document.metadata.filesize, 9);
  EXPECT_EQ((*read).file, fs::canonical(folder_ / "below/a.md"));
}

TEST_F(ManifestTest, PropertiesOfTheFileFillWhatTheLineLeavesOut) {
  const std::string page =
      "<html><head><title>T</title><meta name=author content=Bob></head><p>One.</p></html>";
  std::ofstream(folder_ / "page.html") << page;
  const auto read = line(R"({"file":"page.html","author":"Ann"})");
  ASSERT_TRUE(read.ok()) << read.status().message();
  const Metadata& metadata = (*read).document.metadata;
  EXPECT_EQ(metadata.author, "Ann");
  EXPECT_EQ(metadata.custom, (CustomMetadata{{"title", std::string("T")}}));
  EXPECT_EQ(metadata.filesize, static_cast<std::int64_t>(page.size())) << "of the file, not of its text";
}

TEST_F(ManifestTest, FilesOutsideAndSpecialFilesAreRefused) {
  fs::create_symlink(dir_.path() / "outside.md", folder_ / "link.md");
  ASSERT_EQ(::mkfifo((folder_ / "pipe.txt").c_str(), 0600), 0);
  for (const char* json :
       {R"({"file":"../outside.md"})", R"({"file":"link.md"})", R"({"file":"/etc/passwd"})"})
    EXPECT_NE(error(json).find("outside the folder of the manifest"), std::string::npos) << json;
  EXPECT_NE(error(R"({"file":"pipe.txt"})").find("it is a FIFO"), std::string::npos);
  EXPECT_NE(error(R"({"file":"none.md"})").find("cannot read file none.md"), std::string::npos);
}

TEST_F(ManifestTest, WrongMembersAreNamed) {
  EXPECT_NE(error(R"({"id":"x"})").find("\"text\" (or \"file\") is missing"), std::string::npos);
  EXPECT_NE(error(R"({"text":"x","source":"web"})").find("email, file or chat"), std::string::npos);
  EXPECT_NE(error(R"({"text":"x","box":{"a":1}})").find("\"box\""), std::string::npos);
  EXPECT_NE(error(R"({"text":"x","metadata":{"sizes":[1]}})").find("\"sizes\""), std::string::npos);
  EXPECT_NE(error(R"({"text":"x","created_at":"soon"})").find("created_at"), std::string::npos);
  EXPECT_NE(error(R"({"text":"x","url":["a"]})").find("url: expected a string"), std::string::npos);
}

}  // namespace
}  // namespace rappel
