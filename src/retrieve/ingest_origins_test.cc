// Ingest runs over files that were stored before: unchanged, renamed, copied, changed, deleted.
#include <gtest/gtest.h>

#include <chrono>
#include <random>

#include "retrieve/file_sources.h"
#include "retrieve/near_documents.h"
#include "retrieve/test_ingest_run.h"
#include "testing/setting.h"

namespace rappel {
namespace {

TEST_F(IngestRunTest, ContentDecidesWhatIsUnchangedNotTime) {
  write("a.txt", "the same text");
  EXPECT_EQ(run().stored, 1u);
  fs::last_write_time(files_ / "a.txt", fs::file_time_type::clock::now() + std::chrono::hours(1));
  EXPECT_EQ(run().unchanged, 1u);
  const auto time = fs::last_write_time(files_ / "a.txt");
  write("a.txt", "the SAME text");
  fs::last_write_time(files_ / "a.txt", time);
  EXPECT_EQ(run().stored, 1u);
  EXPECT_EQ(store_.rows.begin()->second.chunks[0].text, "the SAME text");
}

TEST_F(IngestRunTest, RenamedFileKeepsIdAndVectors) {
  write("a.txt", "text of a");
  write("b.txt", "text of b");
  run();
  const std::string id = store_.rows.begin()->first;
  const std::size_t embedded = embedder_.texts;
  fs::create_directory(files_ / "sub");
  fs::rename(files_ / "a.txt", files_ / "sub/new.txt");
  const IngestCounts counts = run();
  EXPECT_EQ(counts.moved, 1u);
  EXPECT_EQ(counts.unchanged, 1u);
  EXPECT_EQ(counts.stored, 0u);
  EXPECT_EQ(embedder_.texts, embedded);
  EXPECT_EQ(store_.rows.at(id).metadata.source_id, "sub/new.txt");
  EXPECT_EQ(store_.rows.at(id).metadata.filename, "new.txt");
  EXPECT_EQ(run().unchanged, 2u);

  write("a.txt", "another file at the old place");
  EXPECT_EQ(run().stored, 1u);
  EXPECT_EQ(store_.rows.size(), 3u) << "the id of the place belongs to the document that was moved";
  EXPECT_EQ(store_.rows.at(id).chunks[0].text, "text of a");
  EXPECT_EQ(run().unchanged, 3u);
}

TEST_F(IngestRunTest, FilesOfTheSameContentAreOneDocument) {
  using Names = std::vector<std::string>;
  for (const char* name : {"a.txt", "b.txt", "sub/c.txt"}) write(name, "the same text");
  write("d.md", "the same text");  // another extension may mean another text
  for (const std::size_t batch : {1u, 16u}) {
    store_.rows.clear();
    settings_.batch_documents = batch;
    const IngestCounts counts = run();
    EXPECT_EQ(counts.stored, 2u);
    EXPECT_EQ(counts.copies, 2u);
    EXPECT_EQ(counts.skipped + counts.failed, 0u) << recorder_.skips << recorder_.failures;
    ASSERT_EQ(store_.rows.size(), 2u);
    EXPECT_EQ(store_.rows.begin()->second.metadata.source_id, "a.txt");
    EXPECT_EQ(copies_of(store_.rows.begin()->second), (Names{"b.txt", "sub/c.txt"}));
    EXPECT_EQ(run().unchanged, 4u);
  }
  EXPECT_EQ(embedder_.texts, 4u);
  write("e.txt", "the same text");
  EXPECT_EQ(run().copies, 1u) << "of a document of an earlier run";
  EXPECT_EQ(copies_of(store_.rows.begin()->second), (Names{"b.txt", "e.txt", "sub/c.txt"}));
  settings_.force = true;
  EXPECT_EQ(run().stored, 2u);
  EXPECT_EQ(copies_of(store_.rows.begin()->second), (Names{"b.txt", "e.txt", "sub/c.txt"}));
}

TEST_F(IngestRunTest, ManyCopiesTakeFewTransactions) {
  for (int i = 0; i < 600; ++i) write(std::to_string(i) + ".txt", "the same text " + std::to_string(i % 3));
  const IngestCounts counts = run();
  EXPECT_EQ(counts.stored, 3u);
  EXPECT_EQ(counts.copies, 597u);
  EXPECT_LE(store_.origin_changes, 4);
  EXPECT_EQ(run().unchanged, 600u);
  EXPECT_EQ(copies_of(store_.rows.begin()->second).size(), kMostCopies);
}

TEST_F(IngestRunTest, CopyOfAFileThatIsReplacedAfterIt) {
  write("b.txt", "the first text");
  run();
  write("a.txt", "the first text");
  write("b.txt", "the second text");
  const IngestCounts counts = run();
  EXPECT_EQ(counts.copies, 1u) << recorder_.items << recorder_.failures;
  EXPECT_EQ(counts.stored, 1u);
  EXPECT_EQ(store_.rows.size(), 2u);
  EXPECT_EQ(run().unchanged, 2u);
}

TEST_F(IngestRunTest, CopyThatChangesLeavesTheDocument) {
  for (const char* name : {"a.txt", "b.txt", "c.txt"}) write(name, "the same text");
  run();
  const std::string id = store_.rows.begin()->first;
  write("a.txt", "another text");
  EXPECT_EQ(run().stored, 1u);
  EXPECT_EQ(store_.rows.size(), 2u);
  EXPECT_EQ(store_.rows.at(id).chunks[0].text, "the same text");
  EXPECT_NE(store_.rows.at(id).metadata.source_id, "a.txt");
  EXPECT_EQ(copies_of(store_.rows.at(id)).size(), 1u);
  write("b.txt", "a third text");
  write("c.txt", "a fourth text");
  EXPECT_EQ(run().stored, 2u);
  EXPECT_EQ(store_.rows.size(), 3u);
  EXPECT_EQ(run().unchanged, 3u);
}

TEST_F(IngestRunTest, FileThatBecomesACopyLeavesNothingBehind) {
  write("a.txt", "the same text");
  write("b.txt", "another text");
  EXPECT_EQ(run().stored, 2u);
  write("b.txt", "the same text");
  EXPECT_EQ(run().copies, 1u);
  ASSERT_EQ(store_.rows.size(), 1u);
  EXPECT_EQ(store_.rows.begin()->second.chunks[0].text, "the same text");
  write("a.txt", "a text that both get");
  write("b.txt", "a text that both get");
  const IngestCounts counts = run();
  EXPECT_EQ(counts.stored, 1u);
  EXPECT_EQ(counts.copies, 1u);
  ASSERT_EQ(store_.rows.size(), 1u);
  EXPECT_EQ(store_.rows.begin()->second.chunks[0].text, "a text that both get");
  EXPECT_EQ(run().unchanged, 2u);
}

TEST_F(IngestRunTest, CopyOfTheOldContentOfAFileIsStored) {
  write("a.txt", "the first text");
  run();
  write("a.txt", "the second text");
  write("b.txt", "the first text");
  settings_.batch_documents = 16;
  EXPECT_EQ(run().stored, 2u);
  EXPECT_EQ(store_.rows.size(), 2u);
  EXPECT_EQ(run().unchanged, 2u);
}

TEST_F(IngestRunTest, RenamedFileAndItsCopy) {
  write("a.txt", "the same text");
  run();
  const std::string id = store_.rows.begin()->first;
  fs::rename(files_ / "a.txt", files_ / "b.txt");
  write("c.txt", "the same text");
  const IngestCounts counts = run();
  EXPECT_EQ(counts.moved, 1u);
  EXPECT_EQ(counts.copies, 1u);
  EXPECT_EQ(store_.rows.at(id).metadata.source_id, "b.txt");
  EXPECT_EQ(copies_of(store_.rows.at(id)), std::vector<std::string>{"c.txt"});
}

TEST_F(IngestRunTest, CopiesThatAreNotStoredAreSkippedEach) {
  for (const char* name : {"a.txt", "b.txt", "c.txt"}) write(name, "abc");
  EXPECT_EQ(run().skipped, 3u);
  EXPECT_TRUE(store_.rows.empty());
  for (const char* name : {"a.txt", "b.txt", "c.txt"}) write(name, "a text that is refused");
  store_.failure = Status(Code::kUnavailable, "disk is full");
  EXPECT_EQ(run().failed, 3u);
}

TEST_F(IngestRunTest, NearlyEqualTextsAreReported) {
  std::string text;
  for (int i = 0; i < 400; ++i) text += "word" + std::to_string(i * 7919 % 1000) + " ";
  write("a.txt", text);
  write("b.txt", text + "and a few more words");
  write("c.txt",
        "A text of more than a dozen words, which has nothing in common with those of the other files here.");
  const IngestCounts counts = run();
  EXPECT_EQ(counts.stored, 3u);
  EXPECT_EQ(counts.similar, 1u);
  EXPECT_EQ(recorder_.similar.size(), 1u);
  write("d.txt", "Before it: " + text);
  EXPECT_EQ(run().similar, 1u) << "as one of an earlier run";
  EXPECT_EQ(recorder_.similar.begin()->second.size(), 2u);
}

TEST_F(IngestRunTest, FingerprintsOutliveTheRun) {
  std::string text;
  for (int i = 0; i < 400; ++i) text += "word" + std::to_string(i * 7919 % 1000) + " ";
  write("a.txt", text);
  settings_.near = std::make_shared<NearDocuments>(false);
  run();
  EXPECT_EQ(store_.fingerprint_visits, 1);
  write("b.txt", text + "and more words");
  EXPECT_EQ(run().similar, 1u);
  EXPECT_EQ(store_.fingerprint_visits, 1);
  fs::remove(files_ / "b.txt");
  ASSERT_TRUE(retrieval_.remove({.ids = {}, .filter = {}, .delete_all = true}).ok());
  EXPECT_EQ(run().similar, 0u) << "the other document is gone";
}

TEST_F(IngestRunTest, LineIsStoredAgainWhereScreeningChanges) {
  write("all.jsonl", "{\"id\":\"x\",\"text\":\"Write to ann@example.org, please.\"}\n");
  EXPECT_EQ(run().stored, 1u);
  settings_.screening = Screening::kRedact;
  EXPECT_EQ(run().stored, 1u);
  EXPECT_EQ(store_.rows.at("x").chunks[0].text, "Write to ***************, please.");
  EXPECT_EQ(run().unchanged, 1u);
  settings_.screening = Screening::kSkip;
  EXPECT_EQ(run().skipped, 1u);
  EXPECT_TRUE(store_.rows.empty());
}

TEST_F(IngestRunTest, FingerprintOfALineIsThatOfTheStoredText) {
  const std::string words = "one two three four five six seven eight nine ten eleven twelve ";
  write("all.jsonl", "{\"id\":\"x\",\"text\":\"" + words + "ann@example.org\"}\n");
  settings_.screening = Screening::kRedact;
  EXPECT_EQ(run().stored, 1u);
  EXPECT_EQ((*store_.origins_of("x")).front().fingerprint, text_fingerprint(words + "***************"));
}

TEST_F(IngestRunTest, FileThatWasStoredWithoutOriginIsNotEmbeddedAgain) {
  write("a.txt", "text of a");
  store_.keeps_origins = false;
  EXPECT_EQ(run().stored, 1u);
  EXPECT_EQ(run().unchanged, 1u) << "by size and time";
  store_.keeps_origins = true;
  store_.origins_of_rows.clear();
  EXPECT_EQ(run().unchanged, 1u);
  EXPECT_EQ(store_.origins_of_rows.begin()->second.size(), 1u);
  EXPECT_EQ(embedder_.texts, 1u);
}

TEST_F(IngestRunTest, LinesThatAreStoredAreNotEmbeddedAgain) {
  write("all.jsonl", "{\"id\":\"x\",\"text\":\"text of x\"}\n{\"text\":\"without an id\"}\n");
  EXPECT_EQ(run().stored, 2u);
  EXPECT_EQ(run().unchanged, 2u);
  write("all.jsonl",
        "{\"id\":\"x\",\"text\":\"text of x\",\"author\":\"Ann\"}\n{\"text\":\"without an id\"}\n");
  const IngestCounts counts = run();
  EXPECT_EQ(counts.stored, 1u);
  EXPECT_EQ(store_.rows.at("x").metadata.author, "Ann");
  settings_.metadata.custom["team"] = std::string("blue");
  EXPECT_EQ(run().stored, 2u) << "other metadata are given";
  EXPECT_EQ(run().unchanged, 2u);
}

TEST_F(IngestRunTest, OtherMetadataOfAFileNeedNoEmbedding) {
  write("a.txt", "text of a");
  run();
  write("a.txt.meta.json", "{\"author\":\"Ann\"}");
  EXPECT_EQ(run().moved, 1u);
  EXPECT_EQ(store_.rows.begin()->second.metadata.author, "Ann");
  EXPECT_EQ(store_.rows.begin()->second.chunks.size(), 1u);
  settings_.metadata.custom["team"] = std::string("blue");
  EXPECT_EQ(run().moved, 1u);
  EXPECT_EQ(store_.rows.begin()->second.metadata.custom.at("team"), MetadataValue(std::string("blue")));
  EXPECT_EQ(run().unchanged, 1u);
  EXPECT_EQ(embedder_.texts, 1u);
  write("a.txt.meta.json", "{\"author\":");
  EXPECT_EQ(run().failed, 1u);
  EXPECT_NE(recorder_.failures.find("a.txt.meta.json"), std::string::npos) << recorder_.failures;
  EXPECT_EQ(store_.rows.begin()->second.metadata.author, "Ann");
}

TEST_F(IngestRunTest, ScreenedFileTakesItsStoredVersionAway) {
  write("a.txt", "Write to ann@example.org, please.");
  write("b.txt", "Write to ann@example.org, please.");
  EXPECT_EQ(run().stored, 1u);
  settings_.screening = Screening::kSkip;
  fs::remove(files_ / "b.txt");
  EXPECT_EQ(run().skipped, 1u);
  EXPECT_EQ(store_.rows.size(), 1u) << "the other file was not looked at";
  write("b.txt", "Write to ann@example.org, please.");
  EXPECT_EQ(run().skipped, 2u);
  EXPECT_TRUE(store_.rows.empty());
}

TEST_F(IngestRunTest, ManyChangesTakeFewTransactions) {
  for (int i = 0; i < 300; ++i) write(std::to_string(i) + ".txt", "text number " + std::to_string(i));
  run();
  fs::rename(files_, dir_.path() / "elsewhere");
  fs::create_directory(files_);
  fs::rename(dir_.path() / "elsewhere", files_ / "sub");
  EXPECT_EQ(run().moved, 300u);
  EXPECT_EQ(store_.origin_changes, 2);
  EXPECT_EQ(run().unchanged, 300u);
}

// Files are written, changed, copied, renamed and deleted at random. After each run the store has exactly the
// files of the folder, and one document for each content and extension; also after a run whose upserts
// failed. RAPPEL_SEED and RAPPEL_STEPS repeat and prolong it.
TEST_F(IngestRunTest, RandomHistoryOfAFolder) {
  std::mt19937 random(static_cast<unsigned>(setting("RAPPEL_SEED", 7)));
  std::map<std::string, std::string> files;  // the folder: name -> text
  const auto name = [&] {
    return std::string(random() % 2 ? "" : "sub/") + static_cast<char>('a' + random() % 8) +
           (random() % 4 ? ".txt" : ".md");
  };
  const auto any = [&] {
    return std::next(files.begin(), static_cast<long>(random() % files.size()))->first;
  };
  settings_.prune = Prune::kEvenAll;
  const long steps = setting("RAPPEL_STEPS", 40);
  for (long step = 0; step < steps && !HasFailure(); ++step) {
    for (unsigned changes = 1 + random() % 4; changes > 0; --changes) {
      const unsigned what = files.empty() ? 0 : random() % 5;
      const std::string from = files.empty() ? "" : any(), to = name();
      if (what <= 1) {
        files[what == 0 ? to : from] = "text number " + std::to_string(random() % 6);
      } else if (what == 2) {
        files.erase(from);
      } else {
        const std::string text = files.at(from);
        if (what == 3) files.erase(from);
        files[to] = text;
      }
    }
    fs::remove_all(files_);
    fs::create_directory(files_);
    for (const auto& [file, text] : files) write(file, text);
    settings_.batch_documents = 1 + random() % 4;
    if (random() % 5 == 0) {
      store_.failure = Status(Code::kUnavailable, "disk is full");
      run();
      store_.failure = {};
    }
    const IngestCounts counts = run();
    EXPECT_EQ(counts.failed, 0u) << recorder_.failures;
    EXPECT_EQ(counts.stored + counts.unchanged + counts.moved + counts.copies, files.size())
        << recorder_.items;
    expect_files(files, "step " + std::to_string(step) + "\n" + recorder_.items);
    EXPECT_EQ(run().unchanged, files.size()) << "step " << step << "\n" << recorder_.items;
  }
}

}  // namespace
}  // namespace rappel
