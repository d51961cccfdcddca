// The server over real sockets, plain and TLS, with a fake core: connections, budgets, timeouts, stopping.
// The meaning of requests is tested in plugin/validation_test.cc, protocols_test.cc and tests/http; streams
// in http/stream_test.cc.
#include <gtest/gtest.h>

#include <future>
#include <thread>

#include "server/test_server.h"

namespace rappel {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

class TransportTest : public ServerTest, public testing::WithParamInterface<bool> {
 protected:
  TransportTest() {
    if (GetParam()) options_.tls = test_tls();
  }
};

INSTANTIATE_TEST_SUITE_P(, TransportTest, testing::Bool(), transport_name);

TEST_P(TransportTest, KeepsConnectionsAndAnswersPipelinedRequestsInOrder) {
  start();
  Client client = connect();
  client.send(query("one") + query("two") + request("GET", "/health", "") + query("three"));
  EXPECT_TRUE(says(client.answer(), R"({"results":[{"query":"one","results":[]}]})"));
  EXPECT_TRUE(says(client.answer(), "\"two\""));
  EXPECT_TRUE(says(client.answer(), "\"status\":\"ok\""));
  EXPECT_TRUE(says(client.answer(), "\"three\""));
  client.send(
      "POST /list HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer tok\r\nConnection: close\r\nContent-Length: "
      "2\r\n\r\n{}");
  const std::string last = client.answer();
  EXPECT_TRUE(says(last, "connection: close")) << last;
  EXPECT_TRUE(client.ended());
}

TEST_P(TransportTest, AnswersSayThatTheIndexIsDegraded) {
  start();
  Client client = connect();
  client.send(query("one"));
  EXPECT_FALSE(says(client.answer(), "x-degraded"));
  core_.degraded = true;
  client.send(query("two") + request("GET", "/ready", ""));
  EXPECT_TRUE(says(client.answer(), "x-degraded: index\r\n"));
  EXPECT_FALSE(says(client.answer(), "x-degraded"));
}

TEST_P(TransportTest, RefusalsKeepTheConnectionWhenTheBodyIsSmall) {
  start();
  Client client = connect();
  client.send("POST /query HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\n{}x" + query("after"));
  EXPECT_EQ(status_of(client.answer()), 403);
  EXPECT_TRUE(says(client.answer(), "\"after\""));
}

TEST_P(TransportTest, AnswersHttp10) {
  start();
  Client client = connect();
  client.send("GET /ready HTTP/1.0\r\n\r\n");
  EXPECT_EQ(status_of(client.answer()), 200);
  EXPECT_TRUE(client.ended());
}

TEST_P(TransportTest, HeadHasTheHeaderAlone) {
  start();
  Client client = connect();
  client.send(request("HEAD", "/openapi.json", ""));
  const std::string head = client.answer(true);
  EXPECT_EQ(status_of(head), 200);
  EXPECT_FALSE(says(head, "content-length: 0"));
  client.send(query("next"));
  EXPECT_TRUE(says(client.answer(), "\"next\""));
}

TEST_P(TransportTest, ReadsChunkedBodies) {
  start();
  EXPECT_TRUE(says(
      once(
          "POST /query HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer tok\r\nTransfer-Encoding: chunked\r\n\r\n"
          "5\r\n{\"que\r\n10;x=y\r\nries\":[{\"query\":\r\n7\r\n\"hey\"}]\r\n1\r\n}\r\n0\r\nTrailer: "
          "t\r\n\r\n"),
      "\"hey\""));
}

TEST_P(TransportTest, AnswersExpect100Continue) {
  start();
  Client client = connect();
  const std::string whole = request("POST", "/query", R"({"queries":[]})", "Expect: 100-continue\r\n");
  const std::size_t body = whole.find("\r\n\r\n") + 4;
  client.send(whole.substr(0, body));
  EXPECT_EQ(client.answer(), "HTTP/1.1 100 Continue\r\n\r\n");
  client.send(whole.substr(body));
  EXPECT_EQ(status_of(client.answer()), 200);
  // A refusal comes instead of the invitation.
  client.send("POST /query HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n");
  EXPECT_EQ(status_of(client.answer()), 403);
  EXPECT_TRUE(client.ended());
}

TEST_P(TransportTest, BodyLimits) {
  options_.max_body_bytes = 100;
  options_.max_upload_bytes = 1000;
  start();
  EXPECT_EQ(status_of(once(request("POST", "/query", std::string(101, ' ')))), 413);
  EXPECT_EQ(status_of(once(request("POST", "/upsert", std::string(101, ' ')))), 422);
  EXPECT_EQ(status_of(once(request("POST", "/upsert", std::string(1001, ' ')))), 413);
  EXPECT_EQ(
      status_of(once(
          "POST /query HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer tok\r\nTransfer-Encoding: chunked\r\n\r\n"
          "65\r\n" +
          std::string(101, ' ') + "\r\n0\r\n\r\n")),
      413);
  // The client that is still sending gets the answer, too.
  EXPECT_EQ(status_of(once(request("POST", "/upsert", std::string(2'000'000, ' ')))), 413);
}

TEST_P(TransportTest, HeldBodiesAreBounded) {
  options_.max_pending_bytes = 1000 * (1 + kQuickBodyCopies);
  start();
  const std::string refused = once(request("POST", "/query", std::string(1001, ' ')));
  EXPECT_EQ(status_of(refused), 429);
  EXPECT_TRUE(says(refused, "retry-after: "));
  EXPECT_TRUE(says(refused, no_room_refusal(1).message));
  for (int i = 0; i < 5; ++i)
    EXPECT_EQ(status_of(once(request("POST", "/query", std::string(900, ' ')))), 422) << i;
}

TEST_P(TransportTest, HeaderLimits) {
  start();
  EXPECT_EQ(status_of(once("GET /health HTTP/1.1\r\nHost: h\r\nX: " + std::string(20'000, 'x') + "\r\n\r\n")),
            431);
  EXPECT_EQ(status_of(once("GET /" + std::string(20'000, 'x') + " HTTP/1.1\r\nHost: h\r\n\r\n")), 431);
}

TEST_P(TransportTest, BrokenRequests) {
  start();
  for (const char* text :
       {"NONSENSE\r\n\r\n", "GET /health HTTP/2.0\r\n\r\n", "GET /health HTTP/1.1\r\n\r\n",
        "GET /health HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
        "POST /query HTTP/1.1\r\nHost: h\r\nContent-Length: x\r\n\r\n",
        "POST /query HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd",
        "POST /query HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\nTransfer-Encoding: "
        "chunked\r\n\r\n0\r\n\r\n"})
    EXPECT_EQ(status_of(once(text)), 400) << text;
  EXPECT_EQ(status_of(once("POST /query HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: gzip\r\n\r\nx")), 501);
  EXPECT_EQ(status_of(once("GET /health HTTP/1.1\r\nHost: h\r\nExpect: magic\r\n\r\n")), 417);
  EXPECT_EQ(status_of(once("POST /query HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer "
                           "tok\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n")),
            400);
}

TEST_P(TransportTest, SlowClientIsDisconnected) {
  options_.idle_timeout = milliseconds(50);
  options_.header_timeout = milliseconds(GetParam() ? 2000 : 50);  // which the handshake has, too
  options_.body_timeout = milliseconds(50);
  start();
  Client idle = connect();
  EXPECT_TRUE(idle.ended());
  EXPECT_EQ(status_of(once("GET /health HT")), 408);
  EXPECT_EQ(
      status_of(
          once("POST /query HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer tok\r\nContent-Length: 5\r\n\r\n{")),
      408);
}

TEST_P(TransportTest, RequestsHaveADeadline) {
  options_.request_timeout = milliseconds(50);
  start();
  Client client = connect();
  client.send(query("wait"));
  const std::string answer = client.answer();
  EXPECT_EQ(status_of(answer), 503);
  EXPECT_TRUE(says(answer, "was not finished within 0.05 s"));
  client.send(query("quick"));
  EXPECT_TRUE(says(client.answer(), "\"quick\"")) << "another worker is free";
  core_.release();
}

TEST_P(TransportTest, ExpiredRequestIsCancelled) {
  options_.request_timeout = milliseconds(50);
  start();
  EXPECT_EQ(status_of(once(query("until cancelled"))), 503);
  while (core_.cancelled == 0) std::this_thread::sleep_for(milliseconds(1));  // or the test times out
}

TEST_P(TransportTest, DisconnectCancelsTheRequest) {
  start();
  {
    Client client = connect();
    client.send(query("until cancelled"));
    core_.until_started(1);
  }
  while (core_.cancelled == 0) std::this_thread::sleep_for(milliseconds(1));  // or the test times out
  until_counted(R"(rappel_http_request_duration_seconds_count{route="/query",method="POST",status="499"} 1)");
}

TEST_P(TransportTest, DisconnectRemovesTheRequestFromTheQueue) {
  options_.workers = 1;
  options_.max_queue = 1;
  start();
  Client running = connect();
  running.send(query("wait"));
  core_.until_waiting(1);
  {
    Client waiting = connect();
    waiting.send(query("never computed"));
    while (!says(once(request("GET", "/metrics", "")), "rappel_http_requests_waiting 1")) {
    }
  }
  while (!says(once(request("GET", "/metrics", "")), "rappel_http_requests_waiting 0")) {
  }
  core_.release();
  EXPECT_EQ(status_of(running.answer()), 200);
}

// Closing the sending side is not a disconnect: the response follows the interim one that probed the client.
TEST_P(TransportTest, HalfClosedClientGetsItsResponse) {
  start();
  for (const bool old : {false, true}) {
    Client client = connect();
    std::string text = query("wait for a second");
    if (old) text.replace(text.find("HTTP/1.1"), 8, "HTTP/1.0");
    client.send(text);
    client.stop_sending();
    if (!old) {
      EXPECT_EQ(client.answer(), "HTTP/1.1 100 Continue\r\n\r\n");
    }
    EXPECT_EQ(status_of(client.answer()), 200);
    EXPECT_EQ(core_.cancelled, 0);
  }
}

// The next request is in the socket while the first is computed: that is not a disconnect either.
TEST_P(TransportTest, PipelinedRequestDuringASlowOneIsAnswered) {
  start();
  Client client = connect();
  client.send(query("wait for a second"));
  core_.until_started(1);
  client.send(query("next"));
  EXPECT_TRUE(says(client.answer(), "\"wait for a second\""));
  EXPECT_TRUE(says(client.answer(), "\"next\""));
}

TEST_P(TransportTest, MetricsCountRequestsAndNeedTheToken) {
  start();
  EXPECT_EQ(status_of(once(query("a"))), 200);
  EXPECT_EQ(status_of(once(query("b"))), 200);
  EXPECT_EQ(status_of(once(request("POST", "/query", "{"))), 422);
  EXPECT_EQ(status_of(once("GET /secret/path HTTP/1.1\r\nHost: h\r\n\r\n")), 404);
  EXPECT_EQ(status_of(once("GET /metrics HTTP/1.1\r\nHost: h\r\n\r\n")), 403);
  for (const char* counted :
       {R"({route="/query",method="POST",status="200"} 2)",
        R"({route="/query",method="POST",status="422"} 1)", R"({route="other",method="GET",status="404"} 1)",
        R"({route="/metrics",method="GET",status="403"} 1)"})
    until_counted(std::string("rappel_http_request_duration_seconds_count") + counted);
  const std::string metrics = this->metrics();
  EXPECT_TRUE(says(metrics, "content-type: text/plain; version=0.0.4; charset=utf-8")) << metrics;
  EXPECT_TRUE(says(metrics, R"(rappel_http_request_duration_seconds_bucket{route="/query",method="POST",)"
                            R"(status="200",le="+Inf"} 2)"))
      << metrics;
  EXPECT_FALSE(says(metrics, "secret")) << metrics;
}

TEST_P(TransportTest, AFullQueueRefuses) {
  options_.workers = 1;
  options_.max_queue = 1;
  start();
  Client running = connect();
  running.send(query("wait"));
  core_.until_waiting(1);
  // One more waits in the queue; which of the two gets there is theirs to settle.
  Client first = connect(), second = connect();
  first.send(query("first"));
  second.send(query("second"));
  auto a = std::async(std::launch::async, [&] { return first.answer(); });
  auto b = std::async(std::launch::async, [&] { return second.answer(); });
  while (a.wait_for(milliseconds(1)) != std::future_status::ready &&
         b.wait_for(milliseconds(1)) != std::future_status::ready) {
  }
  EXPECT_EQ(status_of(once(request("GET", "/health", ""))), 200) << "health does not queue";
  core_.release();
  const std::string one = a.get(), two = b.get();
  EXPECT_EQ(status_of(one) + status_of(two), 429 + 200);
  const std::string& refused = status_of(one) == 429 ? one : two;
  EXPECT_TRUE(says(refused, "retry-after: 1"));
  EXPECT_TRUE(says(refused, busy_refusal().message));
  EXPECT_EQ(status_of(running.answer()), 200);
}

TEST_P(TransportTest, ConnectionsAreBounded) {
  options_.max_connections = 1;
  start();
  auto held = std::make_unique<Client>(port(), tls_options());
  held->send(query("x"));
  EXPECT_EQ(status_of(held->answer()), 200);
  Client refused = connect();
  const std::string answer = refused.rest();  // its end is the end of the connection
  EXPECT_EQ(status_of(answer), 503);
  EXPECT_TRUE(says(answer, "retry-after: 1"));
  EXPECT_TRUE(says(answer, too_many_connections_refusal().message));
  held.reset();
  int status = 503;
  while (status == 503)
    status = status_of(once(query("y")));  // as soon as the server saw the end of the first
  EXPECT_EQ(status, 200);
}

TEST_P(TransportTest, DisconnectsDuringTheRequestAreHarmless) {
  start();
  const std::string whole = query("wait");
  for (std::size_t length = 0; length < whole.size(); length += 7) {
    Client client = connect();
    client.send(std::string_view(whole).substr(0, length));
  }
  {
    Client client = connect();
    client.send(whole);
    core_.until_waiting(1);
  }
  core_.release();
  EXPECT_EQ(status_of(once(query("alive"))), 200);
}

TEST_P(TransportTest, ServesDocumentsBeforeTheCoreIsReady) {
  start(false);
  EXPECT_TRUE(says(once(request("GET", "/health", "")), "\"status\":\"loading\""));
  EXPECT_EQ(status_of(once(request("GET", "/ready", ""))), 503);
  EXPECT_EQ(status_of(once(request("GET", "/openapi.json", ""))), 200);
  const std::string refused = once(query("x"));
  EXPECT_EQ(status_of(refused), 503);
  EXPECT_TRUE(says(refused, "retry-after: "));
  server_->set_ready(core_);
  EXPECT_EQ(status_of(once(request("GET", "/ready", ""))), 200);
  EXPECT_EQ(status_of(once(query("x"))), 200);
}

TEST_P(TransportTest, StopLetsRequestsFinish) {
  options_.stop_timeout = seconds(20);
  start();
  Client idle = connect(), busy = connect();
  idle.send(query("x"));
  EXPECT_EQ(status_of(idle.answer()), 200);
  busy.send(query("wait"));
  core_.until_waiting(1);
  std::thread stopper([&] { server_->stop(); });
  EXPECT_TRUE(idle.ended());
  EXPECT_FALSE(connect().connected());
  core_.release();
  const std::string last = busy.answer();
  EXPECT_EQ(status_of(last), 200);
  EXPECT_TRUE(says(last, "connection: close"));
  stopper.join();
  EXPECT_EQ(server_->stop().cut, 0u) << "again, without effect";
}

TEST_P(TransportTest, StopCutsRequestsAfterTheGracePeriod) {
  options_.stop_timeout = milliseconds(20);
  start();
  Client busy = connect(), slow = connect();
  busy.send(query("wait"));
  slow.send("POST /query HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer tok\r\nContent-Length: 5\r\n\r\n{");
  core_.until_waiting(1);
  auto stopped = std::async(std::launch::async, [&] { return server_->stop(); });
  EXPECT_TRUE(slow.ended());
  EXPECT_TRUE(busy.ended());
  core_.release();
  EXPECT_EQ(stopped.get().cut, 2u);
}

TEST_P(TransportTest, FailuresDoNotShowTheirCause) {
  start();
  const std::string answer = once(query("fail"));
  EXPECT_EQ(status_of(answer), 500);
  EXPECT_TRUE(says(answer, R"({"detail":"Internal Service Error"})"));
}

TEST_P(TransportTest, ManyClientsAtOnce) {
  start();
  std::vector<std::thread> clients;
  std::atomic<int> good{0};
  for (int c = 0; c < 8; ++c) {
    clients.emplace_back([&, c] {
      Client client = connect();
      for (int i = 0; i < 50; ++i) {
        const std::string text = std::to_string(c) + "-" + std::to_string(i);
        client.send(query(text));
        good += says(client.answer(), "\"query\":\"" + text + "\"");
      }
    });
  }
  for (std::thread& client : clients) client.join();
  EXPECT_EQ(good, 400);
}

TEST(ServerStart, ErrorsNameTheBadOption) {
  const auto message = [](ServerOptions options) {
    const auto server = Server::start(std::move(options), nullptr);
    return server.ok() ? std::string("started") : server.status().message();
  };
  ServerOptions options;
  options.port = 0;
  EXPECT_TRUE(says(message(options), "at least one bearer token"));
  options.require_token = false;
  EXPECT_EQ(message(options), "started");
  options.host = "0.0.0.0";
  EXPECT_TRUE(says(message(options), "loopback"));
  options.require_token = true;
  options.tokens = {" "};
  EXPECT_TRUE(says(message(options), "token is empty"));
  options.tokens = {"t"};
  options.host = "not an address";
  EXPECT_TRUE(says(message(options), "\"not an address\" is not an address"));
  options.host = "192.0.2.1";
  EXPECT_TRUE(says(message(options), "no such address"));

  options.host = "127.0.0.1";
  const auto first = Server::start(options, nullptr);
  ASSERT_TRUE(first.ok());
  options.port = (*first)->port();
  EXPECT_TRUE(says(message(options), "another program holds this port"));
  EXPECT_EQ((*first)->url(), "http://127.0.0.1:" + std::to_string(options.port));
}

}  // namespace
}  // namespace rappel
