// For tests: a server over real sockets with a fake core.
#pragma once

#include <gtest/gtest.h>

#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "base/log.h"
#include "embed/test_embedder.h"
#include "server/core.h"
#include "server/http/test_client.h"
#include "server/server.h"
#include "store/conformance/test_store.h"

namespace rappel {

// Answers at once; a query for "wait" waits until release(), one for "wait for a second" for that long, one
// for "until cancelled" for that, one for "fail" fails.
class FakeCore : public Core {
 public:
  std::atomic<int> cancelled{0};
  std::size_t held_per_query = 0;  // taken of the request's memory
  std::atomic<bool> degraded{false};
  std::atomic<bool> rerank_lacking{false};  // in every answer

  bool index_degraded() const override { return degraded; }

  Result<std::optional<DocumentText>> document(const DocumentPart& part,
                                               const RequestContext& context) override {
    return retrieval_.document(part, context);
  }
  Retrieval& retrieval() { return retrieval_; }

  // The results of every query.
  void answer_with(std::vector<ScoredChunk> results) { results_ = std::move(results); }

  Result<std::vector<std::string>> upsert(std::vector<DocumentInput> documents, const CallContext&) override {
    std::vector<std::string> ids;
    for (const DocumentInput& document : documents) ids.push_back(document.id.value_or("new"));
    return ids;
  }
  // Files are read, and every one of them is stored.
  Status ingest(const FoundFiles& found, const IngestSettings& settings, IngestObserver& observer,
                const std::stop_token& stop) override {
    run_ingest(retrieval_, found, settings, observer, stop);
    return {};
  }
  Result<std::vector<QueryOutput>> query(const std::vector<QueryInput>& queries,
                                         const RequestContext& context) override {
    std::vector<QueryOutput> outputs;
    for (const QueryInput& query : queries) {
      if (query.text == "fail") return Status(Code::kUnavailable, "no", "secret cause");
      if (query.text == "wait") wait();
      ++started_;
      if (query.text == "wait for a second") std::this_thread::sleep_for(std::chrono::seconds(1));
      if (query.text == "until cancelled") {
        while (!context.cancel.stop_requested()) std::this_thread::sleep_for(std::chrono::milliseconds(1));
        ++cancelled;
        return Status(Code::kCancelled, "the request was cancelled");
      }
      outputs.push_back({query.text, results_, false, {}});
      outputs.back().rerank_lacking = rerank_lacking;
      if (context.memory != nullptr && held_per_query > 0 &&
          context.memory->take(held_per_query) != ByteHold::Room::kTaken)
        return Status(Code::kResourceExhausted, "The answer is too large").with_id("answer-too-large");
    }
    return outputs;
  }
  Result<std::size_t> remove(const DeleteInput&, std::stop_token) override { return std::size_t{1}; }
  Embedder* served_embedder = &embedder_;  // of models()
  Result<ServedModels> models(const std::stop_token&) override {
    return ServedModels{*served_embedder, &reranker_};
  }
  TestEmbedder& embedder() { return embedder_; }
  TestReranker& reranker() { return reranker_; }
  Result<DocumentPage> list(const Filter&, std::size_t, std::size_t, const RequestContext&) override {
    return DocumentPage();
  }

  void release() {
    const std::lock_guard lock(mutex_);
    released_ = true;
    changed_.notify_all();
  }
  void until_started(int count) {
    while (started_ < count) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  void until_waiting(int count) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return waiting_ >= count; });
  }

 private:
  void wait() {
    std::unique_lock lock(mutex_);
    ++waiting_;
    changed_.notify_all();
    changed_.wait(lock, [&] { return released_; });
  }
  std::vector<ScoredChunk> results_;
  TestStore store_{2};
  TestEmbedder embedder_{2};
  TestReranker reranker_;
  Retrieval retrieval_{store_, embedder_, nullptr, {}, nullptr};
  std::mutex mutex_;
  std::condition_variable changed_;
  std::atomic<int> started_{0};
  int waiting_ = 0;
  bool released_ = false;
};

inline std::string request(const std::string& method, const std::string& path, const std::string& body,
                           const std::string& more = "") {
  return method + " " + path +
         " HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer tok\r\nContent-Type: application/json\r\n" + more +
         "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

inline std::string query(const std::string& text) {
  return request("POST", "/query", R"({"queries":[{"query":")" + text + "\"}]}");
}

class ServerTest : public testing::Test {
 protected:
  ServerTest() {
    options_.port = 0;
    options_.tokens = {"tok"};
    options_.io_threads = 2;
    options_.stop_timeout = std::chrono::milliseconds(100);
  }
  ~ServerTest() override { core_.release(); }

  void start(bool ready = true) {
    auto server = Server::start(options_, logger_.get());
    ASSERT_TRUE(server.ok()) << server.status().to_string();
    server_ = std::move(*server);
    if (ready) server_->set_ready(core_, collections_);
  }
  std::uint16_t port() const { return server_->port(); }
  Client connect() const { return Client(port(), tls_options()); }
  std::optional<TestTlsOptions> tls_options() const {
    return options_.tls ? std::optional<TestTlsOptions>(TestTlsOptions()) : std::nullopt;
  }
  std::string once(const std::string& text) {
    Client client = connect();
    client.send(text);
    return client.answer();
  }

  std::string metrics() { return once(request("GET", "/metrics", "")); }
  void until_counted(const std::string& line) {
    while (!says(metrics(), line + "\n")) {  // counted after the response is sent; or the test times out
    }
  }

  ServerOptions options_;
  FakeCore core_;
  CollectionHost* collections_ = nullptr;
  std::string log_;  // to be read when the server has stopped
  std::unique_ptr<Logger> logger_ = Logger::to_string(&log_);
  std::unique_ptr<Server> server_;
};

}  // namespace rappel
