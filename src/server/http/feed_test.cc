// Feeds over real sockets, with a protocol of the test.
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <memory>
#include <thread>
#include <vector>

#include "server/http/http_server.h"
#include "server/http/test_client.h"

namespace rappel {
namespace {

using std::chrono::milliseconds;

// GET /feed sends a line for each of `events` that has happened, and ends after 3.
class FeedingProtocol : public Protocol {
 public:
  FeedingProtocol() {
    routes_.push_back({"/feed",
                       {Method::kGet, Method::kHead},
                       Work::kAtOnce,
                       Access::kOpen,
                       [this](const Request&) {
                         Response response{200, "text/event-stream", "", {}, {}};
                         response.feed = [this, sent = 0](std::string& piece, const FeedAsked&) mutable {
                           ++asked;
                           for (; sent < events; ++sent) piece += "event " + std::to_string(sent) + "\n";
                           return sent < 3;
                         };
                         return response;
                       },
                       {}});
    routes_.push_back({"/slow",
                       {Method::kGet},
                       Work::kQuick,
                       Access::kOpen,
                       [](const Request&) { return Response::text("worked"); },
                       {}});
  }
  std::string_view name() const override { return "feeding"; }
  std::span<const Route> routes() const override { return routes_; }
  Response refuse(const Refusal& refusal) const override {
    return with_refusal_headers(Response::text(refusal.message, status_of(refusal.reason)), refusal);
  }
  std::atomic<int> events{0}, asked{0};

 private:
  std::vector<Route> routes_;
};

class FeedTest : public testing::TestWithParam<bool> {
 protected:
  FeedTest() {
    options_.port = 0;
    options_.tokens = {"tok"};
    if (GetParam()) options_.tls = test_tls();
    options_.workers = 1;
  }
  void start() {
    const auto make = [this](const HttpServer::Metrics&) {
      auto protocol = std::make_unique<FeedingProtocol>();
      protocol_ = protocol.get();
      Protocols protocols;
      protocols.push_back(std::move(protocol));
      return protocols;
    };
    auto server = HttpServer::start(options_, make, nullptr);
    ASSERT_TRUE(server.ok()) << server.status().to_string();
    server_ = std::move(*server);
  }
  std::optional<TestTlsOptions> tls_options() const {
    return GetParam() ? std::optional<TestTlsOptions>(TestTlsOptions()) : std::nullopt;
  }
  Client connect() const { return Client(server_->port(), tls_options()); }
  static std::string get(const std::string& path, const std::string& method = "GET") {
    return method + " " + path + " HTTP/1.1\r\nHost: h\r\n\r\n";
  }

  HttpOptions options_;
  FeedingProtocol* protocol_ = nullptr;
  std::unique_ptr<HttpServer> server_;
};

INSTANTIATE_TEST_SUITE_P(, FeedTest, testing::Bool(), transport_name);

TEST_P(FeedTest, EventsArriveWhenTheyHappenAndTheConnectionGoesOn) {
  start();
  Client client = connect();
  client.send(get("/feed"));
  for (int i = 0; i < 3; ++i) {
    protocol_->events = i + 1;
    ASSERT_TRUE(client.until("event " + std::to_string(i) + "\n")) << i;
  }
  ASSERT_TRUE(client.until("0\r\n\r\n"));
  client.send(get("/slow"));
  ASSERT_TRUE(client.until("worked"));
}

TEST_P(FeedTest, ListenersHoldNoWorker) {
  start();
  std::vector<std::unique_ptr<Client>> listeners;
  for (int i = 0; i < 20; ++i) {
    listeners.push_back(std::make_unique<Client>(server_->port(), tls_options()));
    listeners.back()->send(get("/feed"));
    ASSERT_TRUE(listeners.back()->until("200 OK"));
  }
  Client client = connect();
  client.send(get("/slow"));
  ASSERT_TRUE(client.until("worked")) << "the only worker is free";
}

TEST_P(FeedTest, MoreThanAQuarterOfTheConnectionsIsRefused) {
  options_.max_connections = 8;
  start();
  Client first = connect(), second = connect(), third = connect();
  for (Client* client : {&first, &second}) {
    client->send(get("/feed"));
    ASSERT_TRUE(client->until("200 OK"));
  }
  third.send(get("/feed"));
  const std::string refused = third.answer();
  EXPECT_EQ(status_of(refused), 429);
  EXPECT_TRUE(says(refused, "retry-after: "));
  first.close();
  Client again = connect();
  std::string text;
  do {
    again.send(get("/feed", "HEAD"));
    text = again.answer(true);
  } while (status_of(text) != 200);
}

TEST_P(FeedTest, ListenerThatLeavesIsForgotten) {
  start();
  {
    Client client = connect();
    client.send(get("/feed"));
    ASSERT_TRUE(client.until("200 OK"));
  }
  while (server_->in_request() > 0) std::this_thread::sleep_for(milliseconds(1));  // or the test times out
}

TEST_P(FeedTest, StopEndsFeedsAsWhole) {
  start();
  Client client = connect();
  client.send(get("/feed"));
  ASSERT_TRUE(client.until("200 OK"));
  EXPECT_EQ(server_->stop().cut, 0u);
  EXPECT_TRUE(says(client.rest(), "0\r\n\r\n"));
}

}  // namespace
}  // namespace rappel
