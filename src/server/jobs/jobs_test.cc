// Jobs over real sockets, with a core of the test.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>

#include "codec/json.h"
#include "ingest/screen/text_judge.h"
#include "server/test_server.h"
#include "testing/temp_dir.h"

namespace rappel {
namespace {

// A text "wait" is embedded when it is released, "broken" is refused.
class GatedEmbedder final : public Embedder {
 public:
  Result<std::vector<Embedding>> embed(std::span<const std::string> texts,
                                       const EmbedRequest& request) override {
    for (const std::string& text : texts) {
      if (text == "broken") return Status(Code::kInvalidArgument, "it is broken");
      if (text != "wait") continue;
      waiting = true;
      while (!released && !request.cancel.stop_requested())
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
      if (!released) return Status(Code::kCancelled, "cancelled");
    }
    const std::lock_guard lock(mutex_);
    texts_.insert(texts.begin(), texts.end());
    return numbers_.embed(texts, request);
  }
  Result<std::vector<Embedding>> embed_queries(std::span<const std::string> queries,
                                               const CallContext& call) override {
    return embed(queries, {.flow = call.flow, .cancel = call.cancel});
  }
  const ModelIdentity& identity() const override { return numbers_.identity(); }
  bool has_sparse() const override { return false; }
  bool has_colbert() const override { return false; }
  std::size_t max_length() const override { return numbers_.max_length(); }
  std::size_t passage_room() const override { return numbers_.passage_room(); }
  Result<std::vector<ByteRange>> token_ranges(std::string_view text, std::stop_token cancel) const override {
    return numbers_.token_ranges(text, std::move(cancel));
  }
  // Every text as often as it was embedded.
  std::multiset<std::string> texts() {
    const std::lock_guard lock(mutex_);
    return texts_;
  }
  std::atomic<bool> waiting{false}, released{false};

 private:
  std::mutex mutex_;
  TestEmbedder numbers_{2};
  std::multiset<std::string> texts_;
};

class JobsTest : public ServerTest {
 protected:
  JobsTest() { options_.jobs.folder = dir_.path() / "data" / "jobs"; }
  ~JobsTest() override {
    embedder_.released = true;
    server_ = nullptr;  // its workers use the core
  }
  void start() {
    ServerTest::start(false);
    server_->set_ready(*storing_);
  }
  void restart() {
    server_ = nullptr;
    start();
  }

  static std::string file(const std::string& name, const std::string& text) {
    return "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"" + name +
           "\"\r\nContent-Type: text/plain\r\n\r\n" + text + "\r\n";
  }
  static std::string form(const std::string& parts, const std::string& more = "") {
    const std::string body = parts + "--b--\r\n";
    return "POST /jobs/ingest HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer tok\r\n"
           "Content-Type: multipart/form-data; boundary=b\r\n" +
           more + "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
  }
  static Json body_of(const std::string& answer) {
    auto parsed = parse_json(answer.substr(answer.find("\r\n\r\n") + 4));
    EXPECT_TRUE(parsed.ok()) << answer;
    return parsed.ok() ? *parsed : Json();
  }
  Json job(const std::string& id) { return body_of(once(request("GET", "/jobs/" + id, ""))); }
  Json until_ended(const std::string& id) {
    for (;;) {
      Json now = job(id);
      if (!now.is_object() || !now["finished_at"].is_null()) return now;
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
  }
  std::string add(const std::string& text, int status = 202) {
    const std::string answer = once(text);
    EXPECT_EQ(status_of(answer), status) << answer;
    return body_of(answer).value("id", "");
  }

  std::set<std::string> stored() {
    std::set<std::string> texts;
    for (const auto& [id, row] : store_.rows) texts.insert(row.chunks.at(0).text);
    return texts;
  }
  static RetrievalOptions short_texts() {
    RetrievalOptions options;
    options.chunk.min_document = 0;
    options.chunk.min_chars = 0;
    return options;
  }

  TempDir dir_;
  TestStore store_{2};
  GatedEmbedder embedder_;
  Retrieval retrieval_{store_, embedder_, nullptr, short_texts(), nullptr};
  std::unique_ptr<Core> storing_ = retrieval_core(retrieval_);
};

TEST_F(JobsTest, FilesAreStoredEachWithItsResult) {
  start();
  const std::string answer = once(form(file("a.txt", "one") + file("b.txt", "broken") + file("c.txt", "") +
                                       file("d.png", "\x89PNG\r\n")));
  EXPECT_EQ(status_of(answer), 202);
  const std::string id = body_of(answer)["id"].get<std::string>();
  EXPECT_TRUE(says(answer, "location: /jobs/" + id + "\r\n"));
  const Json ended = until_ended(id);
  EXPECT_EQ(ended["status"], "completed");
  EXPECT_EQ(ended["total"], 4);
  EXPECT_EQ(ended["stored"], 1);
  EXPECT_EQ(ended["empty"], 1);
  EXPECT_EQ(ended["failed"], 2);
  ASSERT_EQ(ended["results"].size(), 4u);
  std::map<std::string, Json> results;
  for (const Json& result : ended["results"]) results[result["name"].get<std::string>()] = result;
  EXPECT_EQ(results["a.txt"]["status"], "stored");
  EXPECT_EQ(results["b.txt"]["detail"], "it is broken");
  EXPECT_EQ(results["c.txt"]["status"], "empty");
  EXPECT_NE(results["d.png"]["detail"].get<std::string>().find("PNG image"), std::string::npos);
  EXPECT_EQ(stored(), std::set<std::string>{"one"});
}

TEST_F(JobsTest, DocumentsAreStoredEachWithItsResult) {
  start();
  const std::string id = add(request(
      "POST", "/jobs/ingest",
      R"({"documents":[{"id":"a","text":"one"},{"text":"broken"},{"id":"c","text":"three"},{"id":"d","text":""}]})"));
  const Json ended = until_ended(id);
  EXPECT_EQ(ended["kind"], "documents");
  ASSERT_EQ(ended["results"].size(), 4u);
  EXPECT_EQ(ended["results"][0]["id"], "a");
  EXPECT_EQ(ended["results"][1]["name"], "document 1");
  EXPECT_EQ(ended["results"][1]["detail"], "it is broken");
  EXPECT_EQ(ended["results"][2]["status"], "stored") << "one that is refused costs no other";
  EXPECT_EQ(ended["results"][3]["status"], "empty");
  EXPECT_EQ(body_of(once(request("GET", "/jobs/" + id + "?offset=1&limit=2", "")))["results"].size(), 2u);
}

TEST_F(JobsTest, WrongBodiesAreRefusedAtOnce) {
  start();
  EXPECT_EQ(status_of(once(request("POST", "/jobs/ingest", "{}"))), 422);
  EXPECT_EQ(status_of(once(request("POST", "/jobs/ingest", R"({"documents":[]})"))), 422);
  EXPECT_EQ(status_of(once(request("POST", "/jobs/ingest", R"({"documents":[{"id":"x"}]})"))), 422);
  EXPECT_EQ(status_of(once(form(""))), 422);
  EXPECT_EQ(status_of(once(request("GET", "/jobs/nope", ""))), 404);
  EXPECT_EQ(status_of(once(request("DELETE", "/jobs/nope", ""))), 404);
  EXPECT_EQ(status_of(once(request("GET", "/jobs/nope/events", ""))), 404);
  EXPECT_EQ(status_of(once("GET /jobs HTTP/1.1\r\nHost: h\r\n\r\n")), 403) << "without a token";
  EXPECT_EQ(body_of(once(request("GET", "/jobs", "")))["jobs"].size(), 0u);
}

TEST_F(JobsTest, FullDiskPutsAJobOffAndFailsNothing) {
  start();
  store_.failure = Status(Code::kUnavailable, "no room in /secret").with_id("disk-full");
  const std::string id = add(form(file("a.txt", "one")));
  while (job(id)["detail"].is_null()) std::this_thread::sleep_for(std::chrono::milliseconds(5));
  const Json waiting = job(id);
  EXPECT_NE(waiting["detail"].get<std::string>().find("No space is left"), std::string::npos);
  EXPECT_EQ(waiting.dump().find("secret"), std::string::npos);
  EXPECT_EQ(waiting["failed"], 0);
  server_ = nullptr;
  store_.failure = {};
  start();  // the pause is half a minute
  EXPECT_EQ(until_ended(id)["stored"], 1);
}

TEST_F(JobsTest, JobSurvivesARestart) {
  start();
  std::string parts;
  std::multiset<std::string> texts{"wait"};
  for (int i = 0; i < 64; ++i) {  // a batch
    const std::string text = "text" + std::to_string(i);
    parts += file(text + ".txt", text);
    texts.insert(text);
  }
  const std::string id = add(form(parts + file("last.txt", "wait")));
  while (!embedder_.waiting || job(id)["stored"] < 64)
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  restart();
  embedder_.released = true;
  EXPECT_EQ(until_ended(id)["stored"], 65);
  EXPECT_EQ(stored(), std::set<std::string>(texts.begin(), texts.end()));
  EXPECT_EQ(embedder_.texts(), texts) << "each once";
}

TEST_F(JobsTest, SameContentIsStoredOnceWithBothNames) {
  start();
  std::string text;
  for (int i = 0; i < 200; ++i) text += "word" + std::to_string(i) + " ";
  Json ended =
      until_ended(add(form(file("a.txt", text) + file("b.txt", text) + file("c.txt", text + " more"))));
  EXPECT_EQ(ended["stored"], 3);
  EXPECT_EQ(store_.rows.size(), 2u);
  std::map<std::string, Json> results;
  for (const Json& result : ended["results"]) results[result["name"].get<std::string>()] = result;
  EXPECT_EQ(results["a.txt"]["detail"], nullptr);
  EXPECT_EQ(results["b.txt"]["id"], results["a.txt"]["id"]);
  EXPECT_NE(results["b.txt"]["detail"], nullptr);
  EXPECT_EQ(results["c.txt"]["similar"], Json::array({results["a.txt"]["id"]}));
  const Metadata& metadata = store_.rows.at(results["a.txt"]["id"].get<std::string>()).metadata;
  EXPECT_EQ(metadata.filename, "a.txt");
  EXPECT_EQ(metadata.custom.at("copies"), MetadataValue(std::vector<std::string>{"b.txt"}));
  // Sent again, nothing is computed; asked for, it is.
  const std::size_t embedded = embedder_.texts().size();
  ended = until_ended(add(form(file("b.txt", text))));
  EXPECT_EQ(ended["results"][0]["id"], results["a.txt"]["id"]);
  EXPECT_EQ(embedder_.texts().size(), embedded);
  std::string again = form(file("b.txt", text));
  again.replace(again.find("/jobs/ingest"), 12, "/jobs/ingest?force=true");
  EXPECT_EQ(until_ended(add(again))["stored"], 1);
  EXPECT_EQ(embedder_.texts().size(), embedded + 1);
}

TEST_F(JobsTest, OtherContentOrMetadataOfTheSameNameIsAnotherDocument) {
  start();
  const std::string given =
      "--b\r\nContent-Disposition: form-data; name=\"metadata\"\r\n\r\n{\"author\":\"Al\"}\r\n";
  until_ended(add(form(file("a.txt", "one"))));
  until_ended(add(form(file("a.txt", "two"))));
  until_ended(add(form(file("a.txt", "one") + given)));
  EXPECT_EQ(store_.rows.size(), 3u);
  EXPECT_EQ(stored(), (std::set<std::string>{"one", "two"}));
}

TEST_F(JobsTest, PersonalDataIsScreenedAndMetadataFound) {
  start();
  const auto asking = [](std::string text, const std::string& what) {
    return text.replace(text.find("/jobs/ingest"), 12, "/jobs/ingest?" + what);
  };
  const std::string letter = "Author: Ann Lee\n\nWrite to ann@example.com";
  Json ended = until_ended(add(asking(form(file("a.txt", letter)), "pii=skip")));
  EXPECT_EQ(ended["skipped"], 1);
  EXPECT_EQ(ended["results"][0]["status"], "skipped");
  EXPECT_EQ(store_.rows.size(), 0u);
  ended = until_ended(add(asking(form(file("a.txt", letter)), "pii=redact&extract_metadata=true")));
  ASSERT_EQ(ended["stored"], 1);
  EXPECT_EQ(ended["results"][0]["warnings"].size(), 1u);
  const NewDocument& row = store_.rows.begin()->second;
  EXPECT_EQ(row.metadata.author, "Ann Lee");
  EXPECT_EQ(row.chunks.at(0).text.find("ann@example.com"), std::string::npos);
  // The same file with another screening is the same document.
  until_ended(add(form(file("a.txt", letter))));
  ASSERT_EQ(store_.rows.size(), 1u);
  EXPECT_NE(store_.rows.begin()->second.chunks.at(0).text.find("ann@example.com"), std::string::npos);
  ended = until_ended(add(
      asking(request("POST", "/jobs/ingest", R"({"documents":[{"id":"d","text":"call ann@example.com"}]})"),
             "pii=redact")));
  EXPECT_EQ(store_.rows.at("d").chunks.at(0).text, "call ***************");
  EXPECT_EQ(status_of(once(asking(form(file("a.txt", letter)), "pii=hide"))), 422);
}

// Finds personal data in every text, and an author.
class StrictJudge final : public TextJudge {
 public:
  Result<Metadata> metadata(std::string_view, const std::stop_token&) override {
    Metadata found;
    found.author = "the model";
    return found;
  }
  Result<bool> has_personal_data(std::string_view, const std::stop_token&) override { return true; }
};

TEST_F(JobsTest, LanguageModelIsAskedOnlyWhereAClientWantsIt) {
  int made = 0;
  options_.make_judge = [&] {
    ++made;
    return std::make_shared<StrictJudge>();
  };
  start();
  const std::string text = form(file("a.txt", "one"));
  EXPECT_EQ(until_ended(add(text))["stored"], 1);
  EXPECT_EQ(made, 0);
  std::string asking = text;
  EXPECT_EQ(until_ended(add(asking.replace(5, 12, "/jobs/ingest?extract_metadata=true")))["stored"], 1);
  EXPECT_EQ(store_.rows.begin()->second.metadata.author, "the model");
  asking = text;
  EXPECT_EQ(until_ended(add(asking.replace(5, 12, "/jobs/ingest?pii=skip")))["skipped"], 1);
  EXPECT_EQ(made, 2) << "one for each job";
}

TEST_F(JobsTest, LaterDocumentOfAnIdStands) {
  start();
  const Json ended = until_ended(add(request(
      "POST", "/jobs/ingest",
      R"({"documents":[{"id":"a","text":"one"},{"id":"b","text":"two"},{"id":"a","text":"three"}]})")));
  EXPECT_EQ(ended["stored"], 3);
  for (const Json& result : ended["results"]) EXPECT_EQ(result["id"], result["index"] == 1 ? "b" : "a");
  EXPECT_EQ(stored(), (std::set<std::string>{"two", "three"}));
}

TEST_F(JobsTest, CancelStopsWhatIsUnderWay) {
  start();
  const std::string id = add(form(file("b.txt", "wait") + file("c.txt", "wait") + file("d.txt", "text")));
  while (!embedder_.waiting) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  EXPECT_EQ(body_of(once(request("DELETE", "/jobs/" + id, "")))["status"], "cancelled");
  const Json ended = until_ended(id);
  EXPECT_EQ(ended["status"], "cancelled");
  EXPECT_EQ(ended["stored"], 0);
  EXPECT_EQ(status_of(once(request("DELETE", "/jobs/" + id, ""))), 200);
  EXPECT_EQ(status_of(once(request("GET", "/jobs/" + id, ""))), 404);
}

TEST_F(JobsTest, FullQueueIs429WithRetryAfter) {
  options_.jobs.max_unfinished = 2;
  start();
  add(form(file("a.txt", "wait")));
  const std::string refused = once(form(file("a.txt", "wait")));
  EXPECT_EQ(status_of(refused), 429);
  EXPECT_TRUE(says(refused, "retry-after: 30\r\n"));
  EXPECT_TRUE(says(refused, "Too many jobs wait"));
}

TEST_F(JobsTest, IdempotencyKeyMakesOneJob) {
  start();
  const std::string key = "Idempotency-Key: k1\r\n";
  const std::string parts = file("a.txt", "one") + file("b.txt", "two");
  const std::string id = add(form(parts, key));
  EXPECT_EQ(add(form(parts, key), 200), id);
  // Cut by another boundary, the form is the same.
  std::string other = form(parts, key);
  for (std::size_t at = 0; (at = other.find("--b", at)) != std::string::npos; ++at)
    other.replace(at, 3, "--c");
  other.replace(other.find("boundary=b"), 10, "boundary=c");
  EXPECT_EQ(add(other, 200), id);
  restart();
  EXPECT_EQ(add(form(parts, key), 200), id);
  const std::string refused = once(form(file("a.txt", "other"), key));
  EXPECT_EQ(status_of(refused), 422);
  EXPECT_TRUE(says(refused, "Idempotency-Key"));
  EXPECT_NE(add(form(parts, "Idempotency-Key: k2\r\n")), id);
  EXPECT_EQ(status_of(once(form(parts, "Idempotency-Key: " + std::string(256, 'k') + "\r\n"))), 400);
}

TEST_F(JobsTest, EventsTellOfEveryResultAndTheEnd) {
  start();
  const std::string id = add(form(file("a.png", "\x89PNG\r\n") + file("b.txt", "wait")));
  Client client(port());
  client.send(request("GET", "/jobs/" + id + "/events", ""));
  ASSERT_TRUE(client.until("content-type: text/event-stream"));
  ASSERT_TRUE(client.until("event: result\ndata: {\"index\":0,\"name\":\"a.png\",\"status\":\"failed\""));
  embedder_.released = true;
  ASSERT_TRUE(client.until("id: 2\nevent: end\ndata: {\"id\":\"" + id + "\",\"status\":\"completed\""));
  ASSERT_TRUE(client.until("0\r\n\r\n"));
  // A client that comes again gets what it has not seen.
  Client again(port());
  again.send(request("GET", "/jobs/" + id + "/events", "", "Last-Event-ID: 1\r\nConnection: close\r\n"));
  const std::string rest = again.rest();
  EXPECT_TRUE(says(rest, "b.txt"));
  EXPECT_FALSE(says(rest, "a.png"));
}

TEST_F(JobsTest, LargeFilesGoThroughTheDisk) {
  options_.scratch_folder = dir_.path() / "data";
  start();
  std::string text;
  for (int i = 0; text.size() < 3'000'000; ++i) text += std::to_string(i) + " ";
  const std::string id = add(form(file("a.txt", text) + file("b.txt", "two")));
  EXPECT_EQ(until_ended(id)["stored"], 2);
  EXPECT_EQ(store_.rows.size(), 2u);
  std::size_t files = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(dir_.path() / "data"))
    files += entry.is_regular_file() && entry.file_size() > 2'000'000;
  EXPECT_EQ(files, 0u) << "nothing is left of them";
}

TEST_F(JobsTest, WithoutAFolderJobsAreRefused) {
  options_.jobs.folder.clear();
  start();
  const std::string refused = once(form(file("a.txt", "one")));
  EXPECT_EQ(status_of(refused), 503);
  EXPECT_TRUE(says(refused, "retry-after: "));
}

}  // namespace
}  // namespace rappel
