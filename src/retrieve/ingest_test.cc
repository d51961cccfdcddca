// Upserts and ingest runs with numbers instead of models.
#include "retrieve/ingest.h"
#include "retrieve/file_placement.h"

#include <gtest/gtest.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <map>
#include <mutex>
#include <random>
#include <set>

#include "embed/test_embedder.h"
#include "ingest/source/file_document.h"
#include "ingest/source/walk.h"
#include "retrieve/document_id.h"
#include "retrieve/ingest_run.h"
#include "store/conformance/test_store.h"
#include "testing/setting.h"
#include "testing/temp_dir.h"

namespace rappel {
namespace {

namespace fs = std::filesystem;

DocumentInput document(std::optional<std::string> id, std::string text) {
  return {std::move(id), std::move(text), {}};
}

class UpsertTest : public testing::Test {
 protected:
  Result<std::vector<std::string>> upsert(std::vector<DocumentInput> documents) {
    return upsert_documents(store_, embedder_, {}, std::move(documents), {});
  }
  TestStore store_{2};
  TestEmbedder embedder_{2};
};

TEST_F(UpsertTest, ReturnsTheIdsThatAreStored) {
  const auto ids =
      upsert({document("a", "text of a"), document("empty", ""), document("blank", " \n "),
              document("short", "abcde"), document("b", "text of b"), document("a", "second text of a")});
  ASSERT_TRUE(ids.ok());
  EXPECT_EQ(*ids, (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(store_.rows.size(), 2u);
  EXPECT_EQ(store_.rows["a"].chunks[0].text, "second text of a");
  EXPECT_TRUE((*upsert({document("a", " ")})).empty());
  EXPECT_EQ(store_.rows.size(), 1u) << "an empty text removes the stored version";
}

TEST_F(UpsertTest, CancelledCallEndsBeforeEmbedding) {
  std::stop_source source;
  source.request_stop();
  const auto ids = upsert_documents(store_, embedder_, {}, {document("a", "text of a")}, source.get_token());
  EXPECT_EQ(ids.status().code(), Code::kCancelled);
  EXPECT_EQ(embedder_.calls, 0);
  EXPECT_TRUE(store_.rows.empty());
}

TEST_F(UpsertTest, EmbedderKnowsTheCaller) {
  ASSERT_TRUE(upsert_documents(store_, embedder_, {}, {document("a", "text of a")}, {{}, 7}).ok());
  EXPECT_EQ(embedder_.flows, std::vector<FlowId>{7});
}

TEST_F(UpsertTest, SameDocumentWithoutIdIsStoredOnce) {
  const auto first = upsert({document(std::nullopt, "the same text")});
  const auto again = upsert({document("", "the same text"), document(std::nullopt, "another text")});
  ASSERT_TRUE(first.ok() && again.ok());
  EXPECT_EQ((*first)[0], (*again)[0]);
  EXPECT_EQ(store_.rows.size(), 2u);
}

TEST_F(UpsertTest, FailuresChangeNothing) {
  ASSERT_TRUE(upsert({document("a", "text of a")}).ok());
  DocumentInput bad = document("b", "text of b");
  bad.metadata.custom["$gte"] = true;
  EXPECT_EQ(upsert({document("a", "new text"), bad}).status().code(), Code::kInvalidArgument);
  embedder_.failure = Status(Code::kUnavailable, "lost");
  EXPECT_EQ(upsert({document("a", "new text")}).status().code(), Code::kUnavailable);
  EXPECT_EQ(store_.upserts, 1);
  EXPECT_EQ(store_.rows["a"].chunks[0].text, "text of a");
}

TEST_F(UpsertTest, ChunksFitTheEmbedder) {
  embedder_.room = 110;
  ChunkOptions options;
  options.tokens = 5000;
  options.overlap = 2000;
  EXPECT_EQ(fit_chunks(options, embedder_).tokens, 100u);
  EXPECT_EQ(fit_chunks(options, embedder_).overlap, 50u);
  EXPECT_EQ(fit_chunks({}, embedder_).tokens, 100u);
  embedder_.room = 0;
  EXPECT_EQ(fit_chunks(options, embedder_).tokens, 1u);
}

TEST(DerivedId, DependsOnTextAndMetadata) {
  const auto id = [](const std::string& text, std::optional<std::string> author,
                     std::optional<std::string> filename = {}) {
    DocumentInput input = document({}, text);
    input.metadata.author = std::move(author);
    input.metadata.filename = std::move(filename);
    return derived_id(input);
  };
  EXPECT_EQ(id("text", "Al"), id("text", "Al"));
  EXPECT_NE(id("text", "Al"), id("text", "Bo"));
  EXPECT_NE(id("text", "Al"), id("text", std::nullopt, "Al"));
  EXPECT_NE(id("text", std::nullopt), id("text", ""));
  EXPECT_NE(id("textA", "l"), id("text", "Al"));
  const std::string one = id("text", "Al");
  EXPECT_EQ(one.size(), 36u);
  EXPECT_EQ(one[14], '4');
  EXPECT_NE(std::string("89ab").find(one[19]), std::string::npos);
}

class Recorder final : public IngestObserver {
 public:
  void failed(const std::string& message) override { failures += message + "\n"; }
  void skipped(const std::string& kind, const std::string& message) override {
    skips += kind + ": " + message + "\n";
  }
  void warned(const std::string& message) override { warnings += message + "\n"; }
  void advanced(const IngestCounts& counts) override { last_stored = counts.stored; }
  void finished(const IngestItem& item) override {
    const std::string line =
        std::string(outcome_name(item.outcome)) + " " + fs::path(item.name).filename().string();
    lines.insert(line + "\n");
    if (!item.similar.empty()) similar[item.document_id] = item.similar;
    items.clear();
    for (const std::string& each : lines) items += each;
  }
  std::string failures, skips, warnings, items;  // items: sorted
  std::multiset<std::string> lines;
  std::map<std::string, std::vector<std::string>> similar;  // by document
  std::size_t last_stored = 0;
};

// Lets the two upserts of a run share a TestEmbedder, and counts texts.
class SharedEmbedder final : public Embedder {
 public:
  Result<std::vector<Embedding>> embed(std::span<const std::string> given,
                                       const EmbedRequest& request) override {
    const std::lock_guard lock(mutex_);
    texts += given.size();
    return shared_.embed(given, request);
  }
  Result<std::vector<Embedding>> embed_queries(std::span<const std::string> queries,
                                               const CallContext& call) override {
    return embed(queries, {.flow = call.flow, .cancel = call.cancel});
  }
  const ModelIdentity& identity() const override { return shared_.identity(); }
  bool has_sparse() const override { return false; }
  bool has_colbert() const override { return false; }
  std::size_t max_length() const override { return shared_.max_length(); }
  std::size_t passage_room() const override { return shared_.passage_room(); }
  Result<std::vector<ByteRange>> token_ranges(std::string_view text, std::stop_token cancel) const override {
    return shared_.token_ranges(text, std::move(cancel));
  }
  std::size_t texts = 0;  // embedded

 private:
  std::mutex mutex_;
  TestEmbedder shared_{2};
};

std::vector<std::string> copies_of(const NewDocument& document) {
  const auto copies = document.metadata.custom.find("copies");
  if (copies == document.metadata.custom.end()) return {};
  return std::get<std::vector<std::string>>(copies->second);
}

class IngestRunTest : public testing::Test {
 protected:
  void write(const std::string& name, const std::string& text) {
    fs::create_directories((files_ / name).parent_path());
    std::ofstream(files_ / name, std::ios::binary) << text;
  }
  IngestCounts run(const std::string& below = "") {
    recorder_ = {};
    return run_ingest(retrieval_, find_files({(files_ / below).string()}), settings_, recorder_,
                      stop_.get_token());
  }
  // The store has these files, each with its text, and nothing else.
  void expect_files(const std::map<std::string, std::string>& files, const std::string& what) {
    std::set<std::pair<std::string, std::string>> contents;
    for (const auto& [name, text] : files) {
      contents.insert({text, fs::path(name).extension().string()});
      const auto known = store_.files_at((files_ / name).string());
      ASSERT_EQ(known->size(), 1u) << name << " " << what;
      EXPECT_EQ(store_.rows.at(known->front().id).chunks[0].text, text) << name << " " << what;
    }
    EXPECT_EQ(store_.rows.size(), contents.size()) << what;
    std::size_t origins = 0;
    for (const auto& [id, row] : store_.rows) {
      std::set<std::string> names, told = {*row.metadata.source_id};
      const auto all = store_.origins_of(id);
      for (const FileOrigin& origin : *all) names.insert(origin.name), ++origins;
      for (const std::string& copy : copies_of(row)) told.insert(copy);
      EXPECT_EQ(told, names) << id << " " << what;
    }
    EXPECT_EQ(origins, files.size()) << what;
  }
  TempDir dir_;
  const fs::path files_ = dir_.path() / "files";
  TestStore store_{2};
  SharedEmbedder embedder_;
  Retrieval retrieval_{store_, embedder_, nullptr, {}, nullptr};
  IngestSettings settings_;
  Recorder recorder_;
  std::stop_source stop_;
};

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
  store_.failure = Status(Code::kUnavailable, "disk is full");
  const IngestCounts counts = run();
  EXPECT_EQ(counts.stored, 0u);
  EXPECT_EQ(counts.failed, 2u);
  EXPECT_EQ(store_.upserts, 3);
  EXPECT_NE(recorder_.failures.find("a.txt: disk is full"), std::string::npos);
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
