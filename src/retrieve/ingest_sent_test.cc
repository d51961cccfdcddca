// Files and documents that a client has sent, beside those of folders.
#include <gtest/gtest.h>

#include <deque>
#include <memory>
#include <new>

#include "ingest/screen/text_judge.h"
#include "retrieve/test_ingest_run.h"

namespace rappel {
namespace {

class IngestSentTest : public IngestRunTest {
 protected:
  static FoundFile sent(const std::string& name, const std::string& text, const Metadata& metadata = file()) {
    auto sent = std::make_shared<SentFile>();
    sent->name = name;
    sent->metadata = metadata;
    static std::deque<std::string> texts;  // outlives the run
    sent->bytes = texts.emplace_back(text);
    FoundFile found;
    found.name = std::to_string(texts.size());
    found.sent = sent;
    return found;
  }
  static Metadata file() {
    Metadata metadata;
    metadata.source = "file";
    return metadata;
  }
  IngestCounts send(std::vector<FoundFile> files, std::vector<SentDocument> documents = {}) {
    recorder_ = {};
    FoundFiles found;
    found.texts = std::move(files);
    found.documents = std::move(documents);
    return run_ingest(retrieval_, found, settings_, recorder_, stop_.get_token());
  }
  const NewDocument& only() const { return store_.rows.begin()->second; }
};

TEST_F(IngestSentTest, SameFileAgainIsUnchanged) {
  EXPECT_EQ(send({sent("a.txt", "text of a")}).stored, 1u);
  const std::string id = only().id;
  EXPECT_EQ(only().metadata.filename, "a.txt");
  EXPECT_EQ(only().metadata.filesize, 9);
  EXPECT_TRUE(only().metadata.created_at);
  const std::size_t embedded = embedder_.texts;
  EXPECT_EQ(send({sent("a.txt", "text of a")}).unchanged, 1u);
  EXPECT_EQ(embedder_.texts, embedded);
  settings_.force = true;
  EXPECT_EQ(send({sent("a.txt", "text of a")}).stored, 1u);
  EXPECT_EQ(embedder_.texts, embedded + 1);
  EXPECT_EQ(store_.rows.size(), 1u);
  EXPECT_EQ(only().id, id);
}

TEST_F(IngestSentTest, FilesOfAFolderAndSentOnesShareDocuments) {
  write("a.txt", "text of a");
  run();
  const std::string id = only().id;
  EXPECT_EQ(send({sent("b.txt", "text of a")}).copies, 1u);
  ASSERT_EQ(store_.rows.size(), 1u);
  EXPECT_EQ(copies_of(only()), std::vector<std::string>{"b.txt"});
  // The file that was sent keeps the document when that of the folder is deleted.
  fs::remove(files_ / "a.txt");
  write("other.txt", "another text");
  settings_.prune = Prune::kGone;
  run();
  ASSERT_EQ(store_.rows.count(id), 1u);
  EXPECT_EQ(store_.rows.at(id).metadata.filename, "b.txt");
  EXPECT_EQ(copies_of(store_.rows.at(id)), std::vector<std::string>());
}

TEST_F(IngestSentTest, FileThatWasSentIsNeverGone) {
  send({sent("a.txt", "text of a")});
  const std::string id = only().id;
  write("b.txt", "text of a");
  EXPECT_EQ(run().copies, 1u) << "not renamed";
  EXPECT_EQ(only().id, id);
  EXPECT_EQ(only().metadata.filename, "a.txt");
  EXPECT_EQ(copies_of(only()), std::vector<std::string>{"b.txt"});
}

TEST_F(IngestSentTest, NameAloneMakesNoFileTheSame) {
  Metadata given;
  given.author = "Al";
  send({sent("a.txt", "text of a"), sent("a.txt", "text of b"), sent("a.txt", "text of a", given)});
  EXPECT_EQ(store_.rows.size(), 3u);
  EXPECT_TRUE(recorder_.failures.empty());
}

TEST_F(IngestSentTest, ScreeningAndFrontMatterKeepTheId) {
  const std::string text = "---\nteam: blue\n---\nwrite to ann@example.com";
  send({sent("a.md", text)});
  const std::string id = only().id;
  EXPECT_EQ(only().metadata.custom.at("team"), MetadataValue(std::string("blue")));
  settings_.screening = Screening::kRedact;
  send({sent("a.md", text)});
  ASSERT_EQ(store_.rows.size(), 1u);
  EXPECT_EQ(only().id, id);
  EXPECT_EQ(only().chunks.back().text.find("ann@"), std::string::npos);
  settings_.screening = Screening::kSkip;
  EXPECT_EQ(send({sent("a.md", text)}).skipped, 1u);
  EXPECT_EQ(store_.rows.size(), 0u) << "an earlier version does not stay";
}

TEST_F(IngestSentTest, DocumentsKeepTheirIdsAndTheLastOneStands) {
  const auto one = [](const char* name, const char* id, const char* text) {
    return SentDocument{name, document(std::string(id), text)};
  };
  const auto counts =
      send({}, {one("0", "a", "first text"), one("1", "b", "second text"), one("2", "a", "third text")});
  EXPECT_EQ(counts.stored, 2u);
  EXPECT_EQ(recorder_.items, "skipped 0\nskipped 2\nstored 1\nstored 2\n");
  EXPECT_EQ(store_.rows.at("a").chunks.at(0).text, "third text");
  EXPECT_EQ(send({}, {one("0", "a", "third text")}).unchanged, 1u);
  EXPECT_EQ(send({}, {{"0", document(std::nullopt, "third text")}}).stored, 1u) << "another document";
}

TEST_F(IngestSentTest, FileBeyondItsMemoryIsRefused) {
  ByteHold hold(nullptr, "", 100);
  FoundFile file = sent("a.txt", "text of a");
  auto counted = std::make_shared<SentFile>(*file.sent);
  counted->memory = &hold;
  file.sent = counted;
  EXPECT_EQ(send({file}).failed, 1u);
  EXPECT_NE(recorder_.failures.find("more memory than one upload may have"), std::string::npos)
      << recorder_.failures;
}

TEST_F(IngestSentTest, MetadataOfTheClientComeFirst) {
  Metadata given;
  given.author = "Z";
  given.filename = "own.txt";
  given.filesize = 1;
  given.created_at = Timestamp::parse("2020-01-01").value();
  send({sent("n.txt", "hello of n", given)});
  const Metadata& stored = only().metadata;
  EXPECT_FALSE(stored.source) << "source=file is the default of missing metadata only";
  EXPECT_EQ(stored.author, "Z");
  EXPECT_EQ(stored.filename, "own.txt");
  EXPECT_EQ(stored.filesize, 1);
  EXPECT_EQ(stored.created_at->text, "2020-01-01");
}

// By the content first, then the name and the declared type.
TEST_F(IngestSentTest, TypeOfAFileDecidesWhetherItIsRead) {
  const auto outcome = [&](const std::string& name, const std::string& text, const std::string& type,
                           const std::string& charset = "") {
    FoundFile file = sent(name, text);
    auto typed = std::make_shared<SentFile>(*file.sent);
    typed->media_type = type;
    typed->charset = charset;
    file.sent = typed;
    const IngestCounts counts = send({file});
    return counts.failed > 0 ? recorder_.failures : "accepted";
  };
  EXPECT_EQ(outcome("x", "text of x", "text/plain"), "accepted");
  EXPECT_EQ(outcome("x.txt", "more of x", "application/octet-stream"), "accepted");
  EXPECT_EQ(outcome("X.Markdown", "# marked down", ""), "accepted");
  EXPECT_EQ(outcome("x.txt", "caf\xE9 au lait", "text/plain", "iso-8859-1"), "accepted");
  EXPECT_NE(
      outcome("x.png", "some text", "image/png").find("it is a PNG image (image/png), which is not read"),
      std::string::npos);
  EXPECT_NE(outcome("x.txt", "\x89PNG\r\n", "text/plain").find("is not read"), std::string::npos);
  EXPECT_NE(outcome("x.exe", "some text", "application/octet-stream"), "accepted");
}

// Runs out of memory.
class LargeJudge final : public TextJudge {
 public:
  Result<Metadata> metadata(std::string_view, const std::stop_token&) override { throw std::bad_alloc(); }
  Result<bool> has_personal_data(std::string_view, const std::stop_token&) override { return false; }
};

TEST_F(IngestSentTest, FileWithoutMemoryFailsAlone) {
  settings_.judge = std::make_shared<LargeJudge>();
  settings_.extract_metadata = true;
  EXPECT_EQ(send({sent("a.txt", "text of a")}).failed, 1u);
  EXPECT_EQ(recorder_.failures, "memory is short\n");
  settings_.extract_metadata = false;
  EXPECT_EQ(send({sent("a.txt", "text of a")}).stored, 1u);
}

TEST_F(IngestSentTest, UpsertsAreGivenUp) {
  std::stop_source gone;
  gone.request_stop();
  settings_.upserts = CallContext(gone.get_token(), 7);
  EXPECT_EQ(send({sent("a.txt", "text of a")}).stored, 0u);
  EXPECT_TRUE(store_.rows.empty());
}

}  // namespace
}  // namespace rappel
