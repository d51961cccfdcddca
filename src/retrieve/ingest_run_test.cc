// Ingest runs: counts, manifests, metadata, refusals and reports.
#include "retrieve/ingest_run.h"

#include <gtest/gtest.h>

#include "ingest/source/file_document.h"
#include "retrieve/document_id.h"
#include "retrieve/test_ingest_run.h"

namespace rappel {
namespace {

TEST_F(IngestRunTest, CountsWhatTheStoreHoldsAndNamesTheRest) {
  write("empty.txt", "");
  write("blank.txt", " \n\t\n");
  write("tiny.txt", "abc");
  write("real.txt", "A text that is long enough.");
  write("scan.png", "\x89PNG\r\n");
  const IngestCounts counts = run();
  EXPECT_EQ(counts.stored, 1u);
  EXPECT_EQ(counts.skipped, 4u);
  EXPECT_EQ(counts.named_skipped, 0u);
  EXPECT_EQ(counts.failed, 0u);
  EXPECT_EQ(store_.rows.size(), 1u);
  for (const char* expected :
       {"empty: cannot store ", "empty.txt: its text is empty\n", "blank.txt: its text is empty\n",
        "too short: cannot store ", "tiny.txt: its text has no more than 5 characters",
        "other type: cannot read "})
    EXPECT_NE(recorder_.skips.find(expected), std::string::npos) << expected << recorder_.skips;
  EXPECT_EQ(run("empty.txt").named_skipped, 1u);
}

TEST_F(IngestRunTest, UnchangedFilesAreNotStoredAgain) {
  write("a.txt", "first version");
  write("b.txt", "another text");
  EXPECT_EQ(run().stored, 2u);
  IngestCounts counts = run();
  EXPECT_EQ(counts.stored, 0u);
  EXPECT_EQ(counts.unchanged, 2u);
  write("a.txt", "second and longer version");
  counts = run();
  EXPECT_EQ(counts.stored, 1u);
  EXPECT_EQ(counts.unchanged, 1u);
  settings_.force = true;
  EXPECT_EQ(run().stored, 2u);
}

TEST_F(IngestRunTest, EqualIdsOfAManifestAreOneDocument) {
  write("all.jsonl",
        "{\"id\":\"x\",\"text\":\"first text of x\"}\n{\"text\":\"without an id\"}\n"
        "{\"id\":\"x\",\"text\":\"second text of x\"}\n{\"text\":\"without an "
        "id\"}\n{\"id\":\"e\",\"text\":\"\"}\n");
  for (const std::size_t batch : {1u, 2u, 16u}) {
    store_.rows.clear();
    settings_.batch_documents = batch;
    const IngestCounts counts = run();
    EXPECT_EQ(counts.stored, 2u) << batch;
    EXPECT_EQ(counts.skipped, 3u);
    EXPECT_EQ(store_.rows["x"].chunks[0].text, "second text of x");
    EXPECT_NE(recorder_.skips.find("same id: "), std::string::npos);
    EXPECT_NE(recorder_.skips.find("all.jsonl line 3 replaces an earlier document of the id x"),
              std::string::npos);
    EXPECT_NE(recorder_.skips.find("empty: cannot store "), std::string::npos);
  }
}

TEST_F(IngestRunTest, LineWithoutIdGetsTheIdOfAnUpsert) {
  write("all.jsonl",
        "{\"text\":\"the same text\",\"author\":\"Ann\"}\n{\"text\":\"the same text\",\"author\":\"Bo\"}\n");
  EXPECT_EQ(run().stored, 2u);
  for (const char* author : {"Ann", "Bo"}) {
    DocumentInput sent = document({}, "the same text");
    sent.metadata.author = author;
    EXPECT_TRUE(store_.rows.contains(derived_id(sent))) << author;
  }
  fs::rename(files_ / "all.jsonl", files_ / "renamed.jsonl");
  EXPECT_EQ(run().unchanged, 2u);
  EXPECT_EQ(store_.rows.size(), 2u) << "the same lines again are the same documents";
}

// Version 0.1 named these lines by manifest and text.
TEST_F(IngestRunTest, OldManifestAgainStoresNoSecondCopy) {
  const std::string first = "all-" + short_hash("the first text"),
                    other = "all-" + short_hash("another text");
  for (const auto& [id, text] : {std::pair(first, "the first text"), std::pair(other, "another text")})
    ASSERT_TRUE(retrieval_.upsert({document(id, text)}).ok());
  write("all.jsonl",
        "{\"text\":\"the first text\",\"author\":\"Ann\"}\n{\"text\":\"another text\"}\n"
        "{\"text\":\"the first text\",\"author\":\"Bo\"}\n{\"text\":\"a new text\"}\n");
  for (const std::size_t batch : {1u, 16u, 1u}) {
    settings_.batch_documents = batch;
    const IngestCounts counts = run();
    EXPECT_EQ(counts.stored + counts.unchanged, 4u);
    EXPECT_EQ(store_.rows.size(), 4u);
    EXPECT_EQ(store_.rows[first].metadata.author, "Ann");
    EXPECT_TRUE(store_.rows.contains(other));
    EXPECT_TRUE(store_.rows.contains(derived_id(document({}, "a new text"))));
  }
}

TEST_F(IngestRunTest, WarningsNameTheDocument) {
  write("a.txt", std::string("text with a \0 in it", 19));
  write("b.txt", "text of b");
  write("short.txt", std::string("a\0", 2));
  const IngestCounts counts = run();
  EXPECT_EQ(counts.stored, 2u);
  EXPECT_EQ(counts.warnings, 1u);
  EXPECT_EQ(counts.failed, 0u);
  EXPECT_EQ(recorder_.warnings,
            (files_ / "a.txt").string() + ": it contains 1 NUL character, so it may not be text\n")
      << "a file that is not stored is skipped, and needs no warning";
}

TEST_F(IngestRunTest, LaterEmptyTextTakesTheDocumentAway) {
  write("all.jsonl", "{\"id\":\"x\",\"text\":\"text of x\"}\n{\"id\":\"x\",\"text\":\"\"}\n");
  settings_.batch_documents = 1;
  EXPECT_EQ(run().stored, 0u);
  EXPECT_TRUE(store_.rows.empty());
}

TEST_F(IngestRunTest, FileOfAManifestIsTakenOnce) {
  write("a.md", "text of a file");
  write("all.jsonl", "{\"id\":\"m\",\"file\":\"a.md\"}\n");
  EXPECT_EQ(run().stored, 1u);
  EXPECT_TRUE(store_.rows.contains("m"));
}

TEST_F(IngestRunTest, BadLineCostsNoOther) {
  write("all.jsonl",
        "{\"id\":\"a\",\"text\":\"text of a\"}\nnot json\n{\"id\":\"b\",\"text\":\"text of "
        "b\",\"created_at\":\"soon\"}\n"
        "{\"id\":\"c\",\"text\":\"text of c\"}\n");
  const IngestCounts counts = run();
  EXPECT_EQ(counts.stored, 2u);
  EXPECT_EQ(counts.failed, 2u);
  EXPECT_NE(recorder_.failures.find("all.jsonl line 2: "), std::string::npos);
  EXPECT_NE(recorder_.failures.find("all.jsonl line 3: "), std::string::npos);
}

TEST_F(IngestRunTest, TooLargeIdsAndMetadataAreRefusedByName) {
  const std::string id(1025, 'i'), author(65'537, 'A');
  write("all.jsonl", "{\"id\":\"a\",\"text\":\"text of a\"}\n{\"id\":\"" + id + "\",\"text\":\"text\"}\n" +
                         "{\"id\":\"c\",\"text\":\"text of c\",\"author\":\"" + author + "\"}\n");
  const IngestCounts counts = run();
  EXPECT_EQ(counts.stored, 1u);
  EXPECT_EQ(counts.failed, 2u);
  EXPECT_NE(recorder_.failures.find("all.jsonl line 2: cannot store document \"iiii"), std::string::npos);
  EXPECT_NE(
      recorder_.failures.find("all.jsonl line 3: cannot store document \"c\": its metadata has 65537 bytes"),
      std::string::npos)
      << recorder_.failures;
  EXPECT_LT(recorder_.failures.size(), 1000u);
}

TEST_F(IngestRunTest, RefusedBatchIsTriedOneByOne) {
  write("a.txt", "text of a");
  write("b.txt", "text of b");
  store_.failure = Status(Code::kInvalidArgument, "it is too large");
  const IngestCounts counts = run();
  EXPECT_EQ(counts.stored, 0u);
  EXPECT_EQ(counts.failed, 2u);
  EXPECT_EQ(store_.upserts, 3);
  EXPECT_NE(recorder_.failures.find("a.txt: it is too large"), std::string::npos);
}

TEST_F(IngestRunTest, BatchIsNotTriedAgainWhereTheStoreCanStoreNothing) {
  write("a.txt", "text of a");
  write("b.txt", "text of b");
  store_.failure = Status(Code::kUnavailable, "disk is full");
  EXPECT_EQ(run().failed, 2u);
  EXPECT_EQ(store_.upserts, 1);
}

TEST_F(IngestRunTest, StopRequestEndsTheRun) {
  write("a.txt", "text of a");
  stop_.request_stop();
  EXPECT_EQ(run().stored, 0u);
  EXPECT_TRUE(store_.rows.empty());
}

TEST_F(IngestRunTest, LastLineOfAnIdStandsAlsoWhereTheFirstIsStored) {
  write("all.jsonl", "{\"id\":\"x\",\"text\":\"first\"}\n{\"id\":\"x\",\"text\":\"second\"}\n");
  for (const std::size_t batch : {1u, 16u, 1u}) {
    settings_.batch_documents = batch;
    run();
    EXPECT_EQ(store_.rows.at("x").chunks.size(), 1u);
    EXPECT_EQ(store_.rows.at("x").chunks[0].text, "second");
  }
}

TEST_F(IngestRunTest, GivenMetadataComesInOrder) {
  write("a.md", "---\nauthor: Front\nurl: https://front/\nsource_id: front\nkeep: 1\n---\nText of a.");
  write("a.md.meta.json", "{\"author\":\"Side\",\"url\":\"https://side/\",\"team\":\"side\"}");
  settings_.metadata.author = "Command";
  settings_.metadata.custom["team"] = std::string("command");
  EXPECT_EQ(run().stored, 1u) << "the sidecar is no document";
  const Metadata m = store_.rows.begin()->second.metadata;
  EXPECT_EQ(m.author, "Command");
  EXPECT_EQ(m.url, "https://side/");
  EXPECT_EQ(m.source_id, "front");
  EXPECT_EQ(m.custom.at("team"), MetadataValue(std::string("command")));
  EXPECT_EQ(m.custom.at("keep"), MetadataValue(std::int64_t{1}));
}

TEST_F(IngestRunTest, DryRunStoresNothing) {
  write("a.txt", "text of a");
  write("b.txt", "");
  settings_.dry_run = true;
  const IngestCounts counts = run();
  EXPECT_EQ(counts.stored, 1u);
  EXPECT_EQ(counts.skipped, 1u);
  EXPECT_TRUE(store_.rows.empty());
  EXPECT_EQ(embedder_.texts, 0u);
}

TEST_F(IngestRunTest, EveryFileIsReportedOnce) {
  write("a.txt", "text of a");
  write("b.txt", "");
  write("c.png", "\x89PNG\r\n");
  write("all.jsonl", "{\"id\":\"x\",\"text\":\"text of x\"}\nbad\n");
  run();
  EXPECT_EQ(recorder_.items,
            "failed all.jsonl line 2\nskipped b.txt\nskipped c.png\nstored a.txt\nstored all.jsonl line 1\n");
}

TEST_F(IngestRunTest, ManyFilesAreReadAheadWithinABudget) {
  for (int i = 0; i < 300; ++i) write(std::to_string(i) + ".txt", "text number " + std::to_string(i));
  settings_.ahead_bytes = 1;
  settings_.batch_documents = 7;
  EXPECT_EQ(run().stored, 300u);
  EXPECT_EQ(store_.rows.size(), 300u);
  EXPECT_EQ(run().unchanged, 300u);
}

}  // namespace
}  // namespace rappel
