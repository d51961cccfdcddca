// Budgets of the server: large answers, bodies that do not arrive, connections beyond the limit, wrong
// tokens, refusals that no route sees.
#include <gtest/gtest.h>

#include <sys/socket.h>

#include <memory>
#include <thread>
#include <vector>

#include "server/test_server.h"

namespace rappel {
namespace {

using std::chrono::milliseconds;

// The bytes of chunked transfer encoding without their framing; "" when the last chunk is missing.
std::string unchunked(std::string_view text) {
  std::string body;
  for (std::size_t at = text.find("\r\n\r\n") + 4; at < text.size();) {
    const std::size_t size = std::stoul(std::string(text.substr(at, 16)), nullptr, 16);
    at = text.find("\r\n", at) + 2;
    if (size == 0) return body;
    body += text.substr(at, size);
    at += size + 2;
  }
  return "";
}

std::size_t count_of(const std::string& text, const std::string& part) {
  std::size_t n = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++n;
  return n;
}

class BudgetsTest : public ServerTest {
 protected:
  // Every query is answered with `count` chunks of one document, whose metadata has `bytes` bytes.
  void answer_with_chunks(std::size_t count, std::size_t bytes) {
    Metadata metadata;
    metadata.author = std::string(bytes, 'A');
    const auto shared = std::make_shared<const Metadata>(std::move(metadata));
    std::vector<ScoredChunk> results;
    for (std::size_t i = 0; i < count; ++i) {
      Chunk chunk;
      chunk.id = "d_" + std::to_string(i);
      chunk.document_id = "d";
      chunk.text = "text \"" + std::to_string(i) + "\"";
      chunk.metadata = shared;
      results.push_back({std::move(chunk), 0.5});
    }
    core_.answer_with(std::move(results));
  }
  std::size_t held() {
    static const std::string kName = "\nrappel_http_held_bytes ";
    const std::string text = metrics();
    return std::stoul(text.substr(text.find(kName) + kName.size()));
  }
  void until_held(std::size_t bytes) {
    while (held() != bytes) {  // or the test times out
    }
  }
};

TEST_F(BudgetsTest, LargeAnswerIsSentInPieces) {
  answer_with_chunks(50, 10'000);
  start();
  Client client(port());
  client.send(query("small") + query("next"));
  ASSERT_TRUE(client.until("\r\n0\r\n\r\n"));
  client.send("GET /health HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
  const std::string all = client.rest();
  EXPECT_TRUE(says(all, "transfer-encoding: chunked\r\n"));
  EXPECT_FALSE(says(all.substr(0, all.find("\r\n\r\n")), "content-length"));
  const std::string body = unchunked(all);
  EXPECT_EQ(body.substr(0, 42), R"({"results":[{"query":"small","results":[{")");
  EXPECT_EQ(count_of(body, R"("author":"AAAA)"), 50u);
  EXPECT_EQ(count_of(body, R"("text":"text \"49\"")"), 1u);
  EXPECT_TRUE(body.ends_with("}]}]}")) << body.substr(body.size() - 20);
  EXPECT_EQ(count_of(all, "HTTP/1.1 200 OK"), 3u) << "the connection goes on after both";
}

TEST_F(BudgetsTest, SmallAnswerIsSentWhole) {
  answer_with_chunks(3, 10);
  start();
  const std::string answer = once(query("q"));
  EXPECT_TRUE(says(answer, "content-length: "));
  EXPECT_TRUE(says(answer, R"("text":"text \"2\"")"));
}

TEST_F(BudgetsTest, AnswerIsCountedUntilItIsSent) {
  answer_with_chunks(2000, 10'000);  // more than sockets hold
  core_.held_per_query = 5000;
  start();
  {
    Client client(port());
    client.shrink_receive_buffer();
    client.send(query("q"));
    ASSERT_TRUE(client.until("HTTP/1.1 200"));
    until_held(5000);
  }
  until_held(0);
}

TEST_F(BudgetsTest, ClientThatDoesNotReadItsAnswerIsDisconnected) {
  answer_with_chunks(2000, 10'000);
  core_.held_per_query = 5000;
  options_.write_timeout = milliseconds(50);
  start();
  Client client(port());
  client.shrink_receive_buffer();
  client.send(query("q"));
  ASSERT_TRUE(client.until("HTTP/1.1 200"));
  until_held(0);
  until_counted(R"(rappel_http_request_duration_seconds_count{route="/query",method="POST",status="499"} 1)");
}

TEST_F(BudgetsTest, AnswerBeyondTheLimitIs413) {
  options_.max_answer_bytes = 1000;
  core_.held_per_query = 1001;
  start();
  const std::string answer = once(query("q"));
  EXPECT_EQ(status_of(answer), 413);
  EXPECT_TRUE(says(answer, R"({"detail":"The answer is too large"})"));
  until_held(0);
}

// The header reserves nothing: others are served, however many bodies are announced.
TEST_F(BudgetsTest, AnnouncedBodiesHoldNothing) {
  options_.max_pending_bytes = std::size_t{1} << 20;
  options_.max_upload_bytes = std::size_t{1} << 20;
  start();
  const std::string head = "POST /upsert HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer tok\r\n";
  std::vector<std::unique_ptr<Client>> silent;
  for (int i = 0; i < 8; ++i) {
    silent.push_back(std::make_unique<Client>(port()));
    silent.back()->send(head +
                        (i % 2 ? "Transfer-Encoding: chunked\r\n\r\n" : "Content-Length: 400000\r\n\r\n"));
    silent.back()->send(i % 2 ? "1\r\nx\r\n" : "x");
  }
  EXPECT_LE(held(), silent.size() * (std::size_t{16} << 10)) << "a step for each that has sent a byte";
  EXPECT_EQ(status_of(once(query("q"))), 200);
  EXPECT_EQ(status_of(once(request("POST", "/upsert", std::string(300'000, ' ')))), 422);
}

// Each stage of parsing, tokenizing and answering copies the text of a query.
TEST_F(BudgetsTest, QueryCountsForItsCopiesWhileItIsComputed) {
  options_.max_pending_bytes = std::size_t{4} << 20;
  start();
  const std::string large =
      request("POST", "/query", R"({"queries":[{"query":"wait"}]})" + std::string(100'000, ' '));
  Client client(port());
  client.send(large);
  core_.until_waiting(1);
  EXPECT_GE(held(), (1 + kQuickBodyCopies) * 100'000);
  const std::string refused = once(large);
  EXPECT_EQ(status_of(refused), 429) << "this caller has its share";
  EXPECT_TRUE(says(refused, "or send less at once")) << refused;
  EXPECT_EQ(status_of(once(query("small"))), 200);
  core_.release();
  EXPECT_EQ(status_of(client.answer()), 200);
  until_held(0);
  EXPECT_EQ(status_of(once(large)), 200);
}

TEST_F(BudgetsTest, LargeBodiesOfOneCallerLeaveRoomForOthersAndForSmallOnes) {
  options_.max_pending_bytes = std::size_t{1} << 20;
  options_.max_upload_bytes = std::size_t{1} << 20;
  options_.tokens = {"tok", "other"};
  start();
  const auto upload = [](const std::string& token, std::size_t bytes) {
    return "POST /upsert HTTP/1.1\r\nHost: h\r\nContent-Type: application/json\r\nAuthorization: Bearer " +
           token + "\r\nContent-Length: " + std::to_string(bytes) + "\r\n\r\n";
  };
  Client large(port());
  large.send(upload("tok", 500'001) + std::string(500'000, ' '));
  while (held() < 500'000) {  // or the test times out
  }
  const std::string refused = once(upload("tok", 100'000));
  EXPECT_EQ(status_of(refused), 429) << "refused before it is sent";
  EXPECT_TRUE(says(refused, "retry-after: "));
  EXPECT_EQ(status_of(once(upload("other", 200'000) + std::string(200'000, ' '))), 422);
  EXPECT_EQ(status_of(once(query("q"))), 200);
  large.send(" ");
  EXPECT_EQ(status_of(large.answer()), 422);
  until_held(0);
}

// A document takes memory of its own, however short its text is.
TEST_F(BudgetsTest, ManySmallDocumentsCountForMoreThanTheirText) {
  options_.max_pending_bytes = std::size_t{4} << 20;
  start();
  const auto upload = [](int documents) {
    std::string body = R"({"documents":[)";
    for (int i = 0; i < documents; ++i) body += std::string(i > 0 ? "," : "") + R"({"text":"short text"})";
    return request("POST", "/upsert", body + "]}");
  };
  EXPECT_EQ(status_of(once(upload(200))), 200);
  EXPECT_EQ(status_of(once(upload(10'000))), 429) << "300 KB of text";
  until_held(0);
}

TEST_F(BudgetsTest, FileThatGivesTooMuchIsRefused) {
  options_.max_pending_bytes = std::size_t{3} << 19;
  start();
  const auto upload = [](int rows) {
    std::string body = "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"t.csv\"\r\n\r\n";
    for (int i = 0; i < rows; ++i) body += "a,b\n";
    body += "\r\n--b--\r\n";
    return "POST /upsert-file HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer tok\r\nConnection: close\r\n"
           "Content-Type: multipart/form-data; boundary=b\r\nContent-Length: " +
           std::to_string(body.size()) + "\r\n\r\n" + body;
  };
  EXPECT_EQ(status_of(once(upload(100))), 200);
  const std::string refused = once(upload(100'000));
  EXPECT_EQ(status_of(refused), 413) << "400 KB, but many rows";
  EXPECT_TRUE(says(refused, "cannot read t.csv: the text and the files in it take more memory"));
  until_held(0);
}

TEST_F(BudgetsTest, BodyWithoutRoomIsRefusedWhenItArrives) {
  options_.max_pending_bytes = std::size_t{1} << 20;
  options_.max_upload_bytes = std::size_t{4} << 20;
  start();
  const std::string piece(100'000, ' ');
  std::string body;
  for (int i = 0; i < 15; ++i) body += "186a0\r\n" + piece + "\r\n";
  const std::string answer = once(
      "POST /upsert HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer tok\r\nTransfer-Encoding: chunked\r\n\r\n" +
      body + "0\r\n\r\n");
  EXPECT_EQ(status_of(answer), 429);
  until_held(0);
}

// Progress extends the time of a body: this one takes several times the body timeout.
TEST_F(BudgetsTest, SteadyBodyMayTakeLonger) {
  options_.body_timeout = milliseconds(100);
  options_.min_body_rate = 1;
  start();
  Client client(port());
  const std::string body = R"({"queries":[{"query":"steady"}]})";
  const std::string text = request("POST", "/query", body);
  const std::size_t head = text.size() - body.size();
  client.send(text.substr(0, head + 4));
  std::this_thread::sleep_for(milliseconds(300));
  client.send(text.substr(head + 4));
  EXPECT_EQ(status_of(client.answer()), 200);
}

// Bytes that the client sent after its request do not hide that it has gone.
TEST_F(BudgetsTest, DisconnectAfterAnotherByteCancelsTheRequest) {
  start();
  {
    Client client(port());
    client.send(query("until cancelled") + "x");
    core_.until_started(1);
    client.send("y");
  }
  while (core_.cancelled == 0) std::this_thread::sleep_for(milliseconds(1));  // or the test times out
  until_counted(R"(rappel_http_request_duration_seconds_count{route="/query",method="POST",status="499"} 1)");
}

TEST_F(BudgetsTest, ClientBeyondTheLimitReadsTheRefusal) {
  options_.max_connections = 1;
  start();
  Client held(port());
  held.send(query("x"));
  EXPECT_EQ(status_of(held.answer()), 200);
  Client refused(port());
  ASSERT_TRUE(refused.until("\r\n\r\n"));  // the server has sent its response
  refused.send(request("POST", "/query", std::string(300'000, ' ')));
  const std::string answer = refused.answer();
  EXPECT_EQ(status_of(answer), 503);
  EXPECT_TRUE(says(answer, "retry-after: ")) << answer;
  EXPECT_TRUE(says(answer, "Too many connections")) << answer;
  EXPECT_TRUE(refused.ended());
  EXPECT_EQ(errno, 0) << "closed, not reset";
  server_->stop();
  EXPECT_TRUE(says(log_, "refused with 503 from 127.0.0.1: Too many connections")) << log_;
}

TEST_F(BudgetsTest, WrongTokensAreCountedAndLoggedWithoutTheToken) {
  start();
  for (int i = 0; i < 4; ++i)
    EXPECT_EQ(status_of(once("GET /metrics HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer guess\r\n\r\n")),
              401);
  EXPECT_EQ(status_of(once("GET /health HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer guess\r\n\r\n")), 200);
  EXPECT_EQ(status_of(once("GET /metrics HTTP/1.1\r\nHost: h\r\n\r\n")), 403) << "none is not a wrong one";
  until_counted("rappel_rejected_requests_total{reason=\"wrong_token\"} 5");
  server_->stop();
  EXPECT_EQ(count_of(log_, "wrong bearer token from 127.0.0.1"), 3u)
      << log_;  // the first, the second, the fourth
  EXPECT_FALSE(says(log_, "guess")) << log_;
}

TEST_F(BudgetsTest, RefusalsWithoutARouteAreCountedAndLogged) {
  options_.header_timeout = milliseconds(50);
  start();
  EXPECT_EQ(status_of(once("NONSENSE\x1b[2J\r\n\r\n")), 400);
  EXPECT_EQ(status_of(once("GET /health HT")), 408);
  EXPECT_EQ(status_of(once("GET / HTTP/1.1\r\nHost: h\r\nX: " + std::string(20'000, 'x') + "\r\n\r\n")), 431);
  EXPECT_EQ(status_of(once("GET /health HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n")), 400);
  for (const char* status : {"400", "408", "431"})
    until_counted(
        std::string(R"(rappel_http_request_duration_seconds_count{route="other",method="other",status=")") +
        status + "\"} 1");
  until_counted(R"(rappel_http_request_duration_seconds_count{route="/health",method="GET",status="400"} 1)");
  server_->stop();
  for (const char* line :
       {"refused with 400 from 127.0.0.1: Invalid HTTP request\n", "refused with 408 from 127.0.0.1: ",
        "refused with 431 from 127.0.0.1: ", "GET /health: refused with 400 from 127.0.0.1: "})
    EXPECT_TRUE(says(log_, line)) << line << log_;
}

}  // namespace
}  // namespace rappel
