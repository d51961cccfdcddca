// Prune: files that are gone, and disks that only seem to be.
#include "retrieve/prune.h"

#include <gtest/gtest.h>

#include "retrieve/origin_changes.h"
#include "retrieve/test_ingest_run.h"

namespace rappel {
namespace {

TEST_F(IngestRunTest, PruneRemovesDocumentsOfFilesThatAreGone) {
  write("a.txt", "text of a");
  write("b.txt", "text of b");
  write("sub/c.txt", "text of c");
  write("elsewhere.txt", "text outside");
  const fs::path outside = dir_.path() / "elsewhere.txt";
  fs::rename(files_ / "elsewhere.txt", outside);
  ASSERT_EQ(run_ingest(retrieval_, find_files({outside.string()}), settings_, recorder_, {}).stored, 1u);
  ASSERT_TRUE(retrieval_.upsert({document("api", "text of a request")}).ok());
  EXPECT_EQ(run().stored, 3u);
  fs::remove(files_ / "a.txt");
  fs::remove(outside);
  EXPECT_EQ(run().removed, 0u);
  settings_.prune = Prune::kGone;
  settings_.dry_run = true;
  EXPECT_EQ(run().removed, 1u);
  EXPECT_EQ(store_.rows.size(), 5u);
  settings_.dry_run = false;
  EXPECT_EQ(run().removed, 1u);
  EXPECT_EQ(store_.rows.size(), 4u);
  write("sub/.gitignore", "c.txt");
  EXPECT_EQ(run().removed, 0u) << "the file is there";
}

TEST_F(IngestRunTest, PruneKeepsTheDocumentOfACopy) {
  write("a.txt", "the same text");
  write("b.txt", "the same text");
  run();
  fs::remove(files_ / "a.txt");
  settings_.prune = Prune::kGone;
  EXPECT_EQ(run().removed, 1u);
  ASSERT_EQ(store_.rows.size(), 1u);
  EXPECT_EQ(store_.rows.begin()->second.metadata.source_id, "b.txt");
  EXPECT_TRUE(copies_of(store_.rows.begin()->second).empty());
  EXPECT_EQ(run().unchanged, 1u);
}

TEST_F(IngestRunTest, PruneRefusesToRemoveEverything) {
  write("a.txt", "text of a");
  run();
  fs::remove(files_ / "a.txt");
  settings_.prune = Prune::kGone;
  EXPECT_EQ(run().failed, 1u);
  EXPECT_NE(recorder_.failures.find("as if its disk were not mounted"), std::string::npos);
  EXPECT_EQ(store_.rows.size(), 1u);
  settings_.prune = Prune::kEvenAll;
  EXPECT_EQ(run().removed, 1u);
  EXPECT_TRUE(store_.rows.empty());
}

TEST_F(IngestRunTest, PruneKeepsManyFilesOfAFolderThatIsEmpty) {
  write("a.txt", "text of a");
  write("b.txt", "text of b");
  for (int i = 0; i < 10; ++i) write("disk/" + std::to_string(i) + ".txt", "text " + std::to_string(i));
  write("small/c.txt", "text of c");
  EXPECT_EQ(run().stored, 13u);
  fs::rename(files_ / "disk", dir_.path() / "disk");
  fs::create_directory(files_ / "disk");
  fs::remove(files_ / "a.txt");
  fs::remove(files_ / "small/c.txt");
  settings_.prune = Prune::kGone;
  const IngestCounts counts = run();
  EXPECT_EQ(counts.removed, 2u);
  EXPECT_EQ(counts.failed, 1u);
  EXPECT_NE(recorder_.failures.find("disk: it is empty, as if its disk were not mounted"), std::string::npos)
      << recorder_.failures;
  fs::remove(files_ / "disk");
  EXPECT_EQ(run().removed, 10u) << "the folder itself was deleted";
  EXPECT_EQ(store_.rows.size(), 1u);
}

TEST_F(IngestRunTest, PruneRemovesNothingWhereAFolderCannotBeRead) {
  write("a.txt", "text of a");
  write("b.txt", "text of b");
  run();
  fs::remove(files_ / "a.txt");
  settings_.prune = Prune::kGone;
  FoundFiles found = find_files({files_.string()});
  found.problems.push_back("cannot read x: permission denied");
  EXPECT_EQ(run_ingest(retrieval_, found, settings_, recorder_, {}).removed, 0u);
  EXPECT_EQ(store_.rows.size(), 2u);
}

TEST_F(IngestRunTest, FilesThatAreKnownToBeDeletedAreRemoved) {
  for (const char* name : {"a.txt", "sub/b.txt", "sub/deep/c.txt"})
    write(name, std::string("text of ") + name);
  run();
  settings_.deleted = {files_ / "a.txt", files_ / "sub"};
  EXPECT_EQ(run().removed, 0u) << "they are there again";
  fs::remove_all(files_ / "sub");
  EXPECT_EQ(run().removed, 2u);
  fs::remove(files_ / "a.txt");
  EXPECT_EQ(run().removed, 1u);
  EXPECT_TRUE(store_.rows.empty());
  DocumentInput inner = document("inner", "a file in an archive");
  inner.origin =
      std::make_shared<FileOrigin>(FileOrigin{(files_ / "x.zip!/b.txt").string(), "b.txt", "h", ""});
  ASSERT_TRUE(retrieval_.upsert({inner}).ok());
  settings_.deleted = {files_ / "x.zip"};
  EXPECT_EQ(run().removed, 1u);
}

TEST_F(IngestRunTest, PruneKeepsTheLinesOfAManifestThatWasRenamed) {
  const std::string lines =
      "{\"id\":\"x\",\"text\":\"text of x\",\"source_id\":\"x-1\"}\n{\"text\":\"without an id\"}\n";
  write("all.jsonl", lines);
  write("b.txt", "text of b");
  EXPECT_EQ(run().stored, 3u);
  const std::size_t embedded = embedder_.texts;
  fs::rename(files_ / "all.jsonl", files_ / "renamed.jsonl");
  settings_.prune = Prune::kGone;
  IngestCounts counts = run();
  EXPECT_EQ(counts.unchanged, 3u) << recorder_.items;
  EXPECT_EQ(counts.removed, 2u) << "files, whose documents stay";
  EXPECT_EQ(store_.rows.size(), 3u);
  EXPECT_EQ(store_.rows.at("x").metadata.source_id, "x-1");
  EXPECT_EQ(embedder_.texts, embedded);
  counts = run();
  EXPECT_EQ(counts.unchanged, 3u);
  EXPECT_EQ(counts.removed, 0u);
  fs::remove(files_ / "renamed.jsonl");
  EXPECT_EQ(run().removed, 2u);
  EXPECT_EQ(store_.rows.size(), 1u);
}

TEST_F(IngestRunTest, RenamedManifestOutlivesItsDeletionThatWasSeen) {
  write("all.jsonl", "{\"text\":\"without an id\"}\n");
  EXPECT_EQ(run().stored, 1u);
  fs::rename(files_ / "all.jsonl", files_ / "renamed.jsonl");
  settings_.deleted = {files_ / "all.jsonl"};
  EXPECT_EQ(run().removed, 1u);
  EXPECT_EQ(store_.rows.size(), 1u);
}

TEST_F(IngestRunTest, EqualLinesOfTwoManifestsAreNotEmbeddedAgain) {
  write("a.jsonl", "{\"id\":\"x\",\"text\":\"text of x\"}\n");
  run();
  write("b.jsonl", "{\"id\":\"x\",\"text\":\"text of x\"}\n");
  for (int again = 0; again < 2; ++again) {
    EXPECT_EQ(run().unchanged, 2u) << recorder_.items;
    EXPECT_EQ(store_.origins_of("x")->size(), 2u);
    EXPECT_EQ(store_.rows.at("x").metadata, Metadata()) << "lines name no copies";
  }
  EXPECT_EQ(embedder_.texts, 1u);
}

// An archive of these files, whose documents are files in it.
class PruneArchiveTest : public IngestRunTest {
 protected:
  void SetUp() override {
    for (const char* name : {"x.zip!/a.txt", "x.zip!/b.txt", "x.zip!/deep/c.txt", "x.zip", "y.zip!/a.txt"}) {
      DocumentInput inner = document(name, std::string("text of ") + name);
      inner.origin = std::make_shared<FileOrigin>(FileOrigin{path(name), name, name, ""});
      ASSERT_TRUE(retrieval_.upsert({inner}).ok());
    }
  }
  static std::string path(const std::string& name) { return "/f/" + name; }
  std::set<std::string> pruned(const ArchiveContents& archive, bool dry_run) {
    std::set<std::string> told;
    EXPECT_TRUE(prune_archive(retrieval_, changes_, archive, dry_run, [&](const KnownFile& file) {
                  told.insert(file.id);
                }).ok());
    return told;
  }
  OriginChanges changes_{retrieval_, false};
};

TEST_F(PruneArchiveTest, ForgetsWhatIsNotInIt) {
  using Ids = std::set<std::string>;
  ArchiveContents archive{path("x.zip"), {path("x.zip!/a.txt")}, false};
  const Ids others = {"x.zip!/b.txt", "x.zip!/deep/c.txt", "x.zip"};
  EXPECT_EQ(pruned(archive, true), others);
  EXPECT_EQ(store_.rows.size(), 5u) << "a dry run removes nothing";
  archive.has_document = true;
  EXPECT_EQ(pruned(archive, true), (Ids{"x.zip!/b.txt", "x.zip!/deep/c.txt"}));
  archive.has_document = false;
  EXPECT_EQ(pruned(archive, false), others);
  EXPECT_EQ(store_.rows.size(), 2u);
  EXPECT_TRUE(store_.rows.contains("y.zip!/a.txt"));
}

TEST_F(PruneArchiveTest, RenamedFileInItKeepsItsDocument) {
  const std::string id = "x.zip!/a.txt";
  changes_.join(id, {path("x.zip!/new.txt"), "new.txt", id, ""},
                [](const Status& status) { EXPECT_TRUE(status.ok()); });
  pruned({path("x.zip"), {path("x.zip!/new.txt"), path("x.zip!/b.txt"), path("x.zip!/deep/c.txt")}, false},
         false);
  ASSERT_TRUE(store_.rows.contains(id));
  EXPECT_EQ((*store_.origins_of(id)).front().path, path("x.zip!/new.txt"));
}

}  // namespace
}  // namespace rappel
