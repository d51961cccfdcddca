#include "ingest/source/walk.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>

#include "ingest/source/file_document.h"
#include "ingest/source/printable_name.h"
#include "testing/temp_dir.h"

namespace rappel {
namespace {

namespace fs = std::filesystem;

const std::string kPng = "\x89PNG\r\n\x1A\n";

void write(const fs::path& path, const std::string& text) {
  fs::create_directories(path.parent_path());
  std::ofstream(path, std::ios::binary) << text;
}

std::string names(const std::vector<FoundFile>& files) {
  std::string out;
  for (const FoundFile& file : files) out += file.name + " ";
  return out;
}

// "kind name" of each, in order.
std::string skipped(const FoundFiles& found) {
  std::string out;
  for (const SkippedPath& path : found.skipped) out += path.kind + " " + path.path.filename().string() + "\n";
  return out;
}

class WalkTest : public testing::Test {
 protected:
  FoundFiles walk(const char* below = "files") { return find_files({(dir_.path() / below).string()}); }
  TempDir dir_;
  const fs::path files_ = dir_.path() / "files";
};

TEST_F(WalkTest, FindsFilesByTypeAndNamesTheRest) {
  for (const char* name :
       {"b.md", "a/x.TXT", "a/deep/y.markdown", "a/m.jsonl", "a/z.png", ".hidden/q.md", "noext"})
    write(files_ / name, "text");
  write(files_ / "a/renamed.txt", kPng);
  const FoundFiles found = walk();
  EXPECT_EQ(names(found.texts), "a/deep/y.markdown a/x.TXT b.md ");
  EXPECT_EQ(names(found.manifests), "a/m.jsonl ");
  EXPECT_EQ(skipped(found), "other type renamed.txt\nother type z.png\nother type noext\nhidden .hidden\n");
  EXPECT_NE(found.skipped[0].reason.find("renamed.txt: it is a PNG image"), std::string::npos);
  EXPECT_TRUE(found.problems.empty());
}

TEST_F(WalkTest, NamedPathsThatCannotBeTakenAreProblems) {
  write(files_ / "z.png", kPng);
  ASSERT_EQ(::mkfifo((files_ / "pipe.txt").c_str(), 0600), 0);
  const FoundFiles found = find_files(
      {(files_ / "gone").string(), (files_ / "z.png").string(), (files_ / "pipe.txt").string(), "/dev/zero"});
  ASSERT_EQ(found.problems.size(), 4u);
  EXPECT_NE(found.problems[0].find("gone: no such file or folder"), std::string::npos);
  EXPECT_NE(found.problems[1].find("it is a PNG image"), std::string::npos);
  EXPECT_NE(found.problems[2].find("pipe.txt: it is a FIFO"), std::string::npos);
  EXPECT_EQ(found.problems[3], "cannot read /dev/zero: it is a device; name a regular file");
  EXPECT_TRUE(found.texts.empty());
}

TEST_F(WalkTest, LinksAreFollowedInsideTheNamedFolderOnly) {
  write(dir_.path() / "outside/secret.txt", "secret");
  write(files_ / "real.txt", "text");
  write(files_ / ".store/object", "text");
  write(files_ / ".store/tree/deep.md", "text");
  fs::create_symlink(dir_.path() / "outside/secret.txt", files_ / "secret.txt");
  fs::create_symlink("/proc/self/environ", files_ / "environ.txt");
  fs::create_directory_symlink(dir_.path() / "outside", files_ / "out");
  fs::create_symlink("../outside/secret.txt", files_ / "relative.txt");
  fs::create_symlink("nowhere", files_ / "broken.txt");
  fs::create_symlink(".store/object", files_ / "object.md");
  fs::create_directory_symlink(".store/tree", files_ / "tree");
  fs::create_symlink("real.txt", files_ / "again.txt");
  const FoundFiles found = walk();
  EXPECT_EQ(names(found.texts), "object.md real.txt tree/deep.md ");
  EXPECT_EQ(skipped(found),
            "link to what is taken already again.txt\nbroken link broken.txt\n"
            "link out of the folder environ.txt\nlink out of the folder out\n"
            "link out of the folder relative.txt\nlink out of the folder secret.txt\nhidden .store\n");
  EXPECT_TRUE(found.problems.empty());
}

TEST_F(WalkTest, LinksDoNotMakeCircles) {
  write(files_ / "a/one.txt", "text");
  fs::create_directory_symlink("..", files_ / "a/up");
  fs::create_directory_symlink(".", files_ / "self");
  fs::create_symlink("loop", files_ / "loop");
  const FoundFiles found = walk();
  EXPECT_EQ(names(found.texts), "a/one.txt ");
  EXPECT_EQ(skipped(found),
            "link to what is taken already up\nbroken link loop\nlink to what is taken already self\n");
}

TEST_F(WalkTest, NamedPathMayBeALink) {
  write(dir_.path() / "elsewhere/x.txt", "text");
  fs::create_directories(files_);
  fs::create_directory_symlink(dir_.path() / "elsewhere", files_ / "folder");
  fs::create_symlink(dir_.path() / "elsewhere/x.txt", files_ / "file.txt");
  EXPECT_EQ(names(walk("files/folder").texts), "x.txt ");
  EXPECT_EQ(names(walk("files/file.txt").texts), "file.txt ");
  EXPECT_TRUE(walk("files/file.txt").texts[0].named);
  EXPECT_FALSE(walk("files/folder").texts[0].named);
}

TEST_F(WalkTest, OverlappingPathsAreTakenOnce) {
  write(files_ / "a/x.txt", "text");
  const FoundFiles found =
      find_files({files_.string(), (files_ / "a").string(), (files_ / "a/x.txt").string()});
  EXPECT_EQ(names(found.texts), "a/x.txt ");
  EXPECT_EQ(skipped(found), "");
}

TEST_F(WalkTest, SpecialFilesInFoldersAreSkippedWithoutWaiting) {
  write(files_ / "x.txt", "text");
  ASSERT_EQ(::mkfifo((files_ / "pipe.txt").c_str(), 0600), 0);
  ASSERT_EQ(::mkfifo((files_ / "pipe.jsonl").c_str(), 0600), 0);
  const FoundFiles found = walk();
  EXPECT_EQ(names(found.texts), "x.txt ");
  EXPECT_EQ(skipped(found), "not a file pipe.jsonl\nnot a file pipe.txt\n");
}

TEST_F(WalkTest, NamesThatAreNotUtf8ArePercentEncoded) {
  write(files_ / "caf\xE9.txt", "text");
  write(files_ / "caf\xE8.txt", "text");
  const FoundFiles found = walk();
  EXPECT_EQ(names(found.texts), "caf%E8.txt caf%E9.txt ");
  const auto first = describe_file(found.texts[0]), second = describe_file(found.texts[1]);
  ASSERT_TRUE(first.ok() && second.ok());
  EXPECT_EQ((*first).id->find("caf%E8.txt-"), 0u);
  EXPECT_NE((*first).id, (*second).id);
  EXPECT_EQ((*first).metadata.filename, "caf%E8.txt");
  EXPECT_EQ((*first).metadata.source_id, "caf%E8.txt");
}

TEST_F(WalkTest, IgnoreFilesLeaveOutTheirPaths) {
  for (const char* name : {"a.md", "b.log.md", "draft/c.md", "sub/d.md", "sub/keep.md", "sub/e.md"})
    write(files_ / name, "text");
  write(files_ / ".gitignore", "*.log.md\n/draft/\nsub/*\n!sub/keep.md\n");
  write(files_ / "sub/.rappelignore", "!e.md\n");
  const FoundFiles found = walk();
  EXPECT_EQ(names(found.texts), "a.md sub/e.md sub/keep.md ");
  EXPECT_EQ(skipped(found),
            "hidden .gitignore\nignored b.log.md\nignored draft\nhidden .rappelignore\nignored d.md\n");
  EXPECT_EQ(find_files({files_.string()}, {.ignore_files = false}).texts.size(), 6u);
}

TEST_F(WalkTest, RulesInALinkAreNotRead) {
  write(dir_.path() / "rules", "*.md\n");
  write(files_ / "a.md", "text");
  fs::create_symlink("../rules", files_ / ".gitignore");
  EXPECT_EQ(names(walk().texts), "a.md ");
}

TEST_F(WalkTest, ExcludeComesBeforeIgnoreFiles) {
  for (const char* name : {"a.md", "b.md", "sub/a.md", "sub/c.md"}) write(files_ / name, "text");
  write(files_ / ".gitignore", "!a.md\nc.md\n");
  EXPECT_EQ(names(find_files({files_.string()}, {.exclude = {"a.md", "!sub/c.md"}}).texts), "b.md sub/c.md ");
  const FoundFiles named = find_files({(files_ / "a.md").string()}, {.exclude = {"*.md"}});
  EXPECT_EQ(skipped(named), "ignored a.md\n");
}

TEST_F(WalkTest, GlobTakesFilesAndFoldersThatMatch) {
  for (const char* name : {"a.md", "b.txt", "one/a.md", "one/two/a.md", "one/two/b.txt", ".hidden/a.md"})
    write(files_ / name, "text");
  const auto glob = [&](const char* pattern) { return names(walk(pattern).texts); };
  EXPECT_EQ(glob("files/*.md"), "a.md ");
  EXPECT_EQ(glob("files/**/*.md"), "a.md one/a.md one/two/a.md ");
  EXPECT_EQ(glob("files/*/*.md"), "one/a.md ");
  EXPECT_EQ(glob("files/o*"), "one/a.md one/two/a.md one/two/b.txt ");
  EXPECT_EQ(glob("files/one/[!x]*/b.*"), "two/b.txt ");
  EXPECT_EQ(walk("files/*.pdf").problems,
            std::vector<std::string>{"cannot read " + (files_ / "*.pdf").string() + ": no file matches"});
}

TEST_F(WalkTest, FileWithAStarInItsNameIsNoGlob) {
  write(files_ / "a*.md", "text");
  write(files_ / "ab.md", "text");
  EXPECT_EQ(names(walk("files/a*.md").texts), "a*.md ");
}

TEST_F(WalkTest, DashIsStandardInput) {
  const FoundFiles text = find_files({"-"}, {.standard_input = 0});
  ASSERT_EQ(text.texts.size(), 1u);
  EXPECT_EQ(text.texts[0].stream, 0);
  EXPECT_EQ(find_files({"-"}, {.standard_input = 0, .standard_input_name = "a.jsonl"}).manifests.size(), 1u);
  EXPECT_EQ(find_files({"-"}).problems.size(), 1u);
}

TEST(PrintableName, KeepsUtf8AndEncodesTheRest) {
  EXPECT_EQ(printable_name("r\xC3\xA9sum\xC3\xA9 100%.txt"), "r\xC3\xA9sum\xC3\xA9 100%.txt");
  EXPECT_EQ(printable_name("a\nb\x7F\xC3"), "a%0Ab%7F%C3");
}

TEST_F(WalkTest, IdStaysWithThePlaceNotWithTheContent) {
  write(dir_.path() / "one/a.md", "first");
  write(dir_.path() / "two/a.md", "first");
  const auto describe = [&](const fs::path& path) {
    return *describe_file({path, "a.md", fs::file_size(path)});
  };
  const DocumentInput first = describe(dir_.path() / "one/a.md");
  write(dir_.path() / "one/a.md", "second version");
  const DocumentInput second = describe(dir_.path() / "one/../one/a.md");
  EXPECT_EQ(first.id, second.id);
  EXPECT_NE(first.id, describe(dir_.path() / "two/a.md").id);
  EXPECT_NE(first.metadata.filesize, second.metadata.filesize);
  EXPECT_EQ(second.metadata.source, "file");
  EXPECT_EQ(second.metadata.filename, "a.md");
}

TEST_F(WalkTest, ReadsTextThroughTheExtractors) {
  write(files_ / "bom.txt", "\xEF\xBB\xBFh\u00e9");
  write(files_ / "latin.txt", "h\xE9");
  write(files_ / "renamed.txt", kPng);
  EXPECT_EQ((*read_document(files_ / "bom.txt", 100)).text, "h\u00e9");
  EXPECT_EQ((*read_document(files_ / "latin.txt", 100)).text, "h\u00e9");
  EXPECT_EQ(read_document(files_ / "renamed.txt", 100).status().code(), Code::kUnsupported);
  EXPECT_EQ(read_document(files_ / "bom.txt", 2).status().code(), Code::kResourceExhausted);
}

}  // namespace
}  // namespace rappel
