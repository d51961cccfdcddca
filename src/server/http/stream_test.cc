// Streamed responses over real sockets, with a protocol of the test: the transport needs no other.
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <stdexcept>
#include <thread>

#include "base/log.h"
#include "server/http/http_server.h"
#include "server/http/test_client.h"

namespace rappel {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

// GET paths that stream; errors are a text with the status in it, so that a foreign shape is seen.
class StreamingProtocol : public Protocol {
 public:
  StreamingProtocol() {
    add("/three",
        [](BodyStream& out) { return out.write("one,") && out.write("two,") && out.write("three"); });
    add("/nothing", [](BodyStream&) { return true; });
    add("/breaks", [](BodyStream& out) { return out.write("half") && false; });
    add("/throws", [](BodyStream& out) {
      (void)out.write("half");
      throw std::runtime_error("the cause");
      return true;
    });
    add("/endless", [this](BodyStream& out) {
      const std::string piece(10'000, 'x');
      while (out.write(piece)) written += piece.size();
      ++refused;
      return true;
    });
    add("/steps", [this](BodyStream& out) {
      for (int i = 0; i < 3; ++i) {
        while (steps <= i) std::this_thread::sleep_for(milliseconds(1));
        if (!out.write("event " + std::to_string(i) + "\n")) return false;
      }
      return true;
    });
    // Nobody waits for the response any more when its stream begins.
    routes_.push_back({"/late",
                       {Method::kGet},
                       Work::kQuick,
                       Access::kOpen,
                       [this](const Request& request) {
                         ++begun;
                         while (!request.abandoned.stop_requested())
                           std::this_thread::sleep_for(milliseconds(1));
                         Response response = Response::text("");
                         response.stream = [this](BodyStream& out) {
                           while (out.write(std::string(10'000, 'x'))) {
                           }
                           ++refused;
                           return true;
                         };
                         return response;
                       },
                       {}});
    routes_.push_back({"/until-abandoned",
                       {Method::kGet},
                       Work::kQuick,
                       Access::kOpen,
                       [this](const Request& request) {
                         Response response = Response::text("");
                         response.stream = [this, abandoned = request.abandoned](BodyStream& out) {
                           (void)out.write("begun");
                           while (!abandoned.stop_requested()) std::this_thread::sleep_for(milliseconds(1));
                           ++refused;
                           return false;
                         };
                         return response;
                       },
                       {}});
  }
  std::string_view name() const override { return "streaming"; }
  std::span<const Route> routes() const override { return routes_; }
  Response refuse(const Refusal& refusal) const override {
    return with_refusal_headers(Response::text("refused: " + refusal.message, status_of(refusal.reason)),
                                refusal);
  }

  std::atomic<std::size_t> written{0};
  std::atomic<int> refused{0};  // streams that were told that nobody takes more
  std::atomic<int> steps{0};
  std::atomic<int> begun{0};

 private:
  void add(std::string_view path, const std::function<bool(BodyStream&)>& stream) {
    routes_.push_back({path,
                       {Method::kGet, Method::kHead},
                       Work::kQuick,
                       Access::kOpen,
                       [this, stream](const Request&) {
                         Response response{200, "text/event-stream", "", {}, {}};
                         response.with("cache-control", "no-store");
                         response.stream = [this, stream](BodyStream& out) {
                           ++begun;
                           return stream(out);
                         };
                         return response;
                       },
                       {}});
  }
  std::vector<Route> routes_;
};

std::string get(const std::string& path, const std::string& version = "1.1",
                const std::string& method = "GET") {
  return method + " " + path + " HTTP/" + version + "\r\nHost: h\r\n\r\n";
}

class StreamTest : public testing::TestWithParam<bool> {
 protected:
  StreamTest() {
    options_.port = 0;
    options_.tokens = {"tok"};
    if (GetParam()) options_.tls = test_tls();
    options_.stop_timeout = milliseconds(100);
  }
  void start() {
    const auto make = [this](const HttpServer::Metrics&) {
      auto protocol = std::make_unique<StreamingProtocol>();
      protocol_ = protocol.get();
      Protocols protocols;
      protocols.push_back(std::move(protocol));
      return protocols;
    };
    auto server = HttpServer::start(options_, make, logger_.get());
    ASSERT_TRUE(server.ok()) << server.status().to_string();
    server_ = std::move(*server);
  }
  Client connect() const {
    return Client(server_->port(),
                  GetParam() ? std::optional<TestTlsOptions>(TestTlsOptions()) : std::nullopt);
  }
  void until_refused(int streams) {
    while (protocol_->refused < streams)
      std::this_thread::sleep_for(milliseconds(1));  // or the test times out
  }

  HttpOptions options_;
  std::string log_;
  std::unique_ptr<Logger> logger_ = Logger::to_string(&log_);
  StreamingProtocol* protocol_ = nullptr;
  std::unique_ptr<HttpServer> server_;
};

INSTANTIATE_TEST_SUITE_P(, StreamTest, testing::Bool(), transport_name);

TEST_P(StreamTest, ChunksThenTheNextRequestOfTheConnection) {
  start();
  Client client = connect();
  client.send(get("/three"));
  ASSERT_TRUE(client.until("0\r\n\r\n"));
  client.send(get("/nothing") + get("/nope"));
  ASSERT_TRUE(client.until("refused: Not Found"));
  client.close();
  Client again = connect();
  again.send(get("/three"));
  again.until("0\r\n\r\n");
  server_->stop();
  const std::string text = again.rest();
  EXPECT_EQ(status_of(text), 200);
  EXPECT_TRUE(says(text, "transfer-encoding: chunked\r\n")) << text;
  EXPECT_TRUE(says(text, "content-type: text/event-stream\r\n")) << text;
  EXPECT_TRUE(says(text, "cache-control: no-store\r\n")) << text;
  EXPECT_FALSE(says(text, "content-length")) << text;
  std::string body;  // the chunks, without their framing
  for (std::size_t at = text.find("\r\n\r\n") + 4; at < text.size();) {
    const std::size_t size = std::stoul(text.substr(at), nullptr, 16);
    at = text.find("\r\n", at) + 2;
    body += text.substr(at, size);
    at += size + 2;
    if (size == 0) break;
  }
  EXPECT_EQ(body, "one,two,three");
}

TEST_P(StreamTest, EmptyStreamIsAnEmptyBody) {
  start();
  Client client = connect();
  client.send(get("/nothing"));
  ASSERT_TRUE(client.until("\r\n\r\n0\r\n\r\n"));
}

TEST_P(StreamTest, PiecesArriveWhenTheyAreWritten) {
  start();
  Client client = connect();
  client.send(get("/steps"));
  for (int i = 0; i < 3; ++i) {
    protocol_->steps = i + 1;
    ASSERT_TRUE(client.until("event " + std::to_string(i) + "\n")) << i;
  }
  ASSERT_TRUE(client.until("0\r\n\r\n"));
}

TEST_P(StreamTest, Http10GetsTheBodyUpToTheEndOfTheConnection) {
  start();
  Client client = connect();
  client.send(get("/three", "1.0"));
  const std::string text = client.rest();
  EXPECT_EQ(status_of(text), 200);
  EXPECT_FALSE(says(text, "transfer-encoding")) << text;
  EXPECT_TRUE(says(text, "connection: close\r\n")) << text;
  EXPECT_EQ(text.substr(text.find("\r\n\r\n") + 4), "one,two,three");
}

TEST_P(StreamTest, HeadGetsTheHeadAlone) {
  start();
  Client client = connect();
  client.send(get("/three", "1.1", "HEAD"));
  const std::string head = client.answer(true);
  EXPECT_TRUE(says(head, "transfer-encoding: chunked\r\n")) << head;
  client.send(get("/nope"));
  EXPECT_EQ(status_of(client.answer()), 404);
  EXPECT_EQ(protocol_->begun, 0);
}

TEST_P(StreamTest, FailedStreamHasNoLastChunk) {
  start();
  for (const char* path : {"/breaks", "/throws"}) {
    Client client = connect();
    client.send(get(path));
    const std::string text = client.rest();
    EXPECT_TRUE(says(text, "4\r\nhalf\r\n")) << text;
    EXPECT_FALSE(says(text, "0\r\n\r\n")) << text;
    if (GetParam()) {
      EXPECT_FALSE(client.tls().ended_well()) << "the client would take the body for whole";
    }
  }
  server_->stop();  // nothing writes to the log any more
  EXPECT_TRUE(says(log_, "GET /throws: the streamed response failed: the cause")) << log_;
}

TEST_P(StreamTest, DisconnectEndsTheStream) {
  start();
  Client client = connect();
  client.send(get("/endless"));
  ASSERT_TRUE(client.until("xxxx"));
  client.close();
  until_refused(1);
}

TEST_P(StreamTest, DisconnectStopsAWaitingProducer) {
  start();
  Client client = connect();
  client.send(get("/until-abandoned"));
  ASSERT_TRUE(client.until("begun"));
  client.close();
  until_refused(1);
}

TEST_P(StreamTest, StreamOfAClientThatHasLeftEndsAtOnce) {
  start();
  Client client = connect();
  client.send(get("/late"));
  while (protocol_->begun == 0) std::this_thread::sleep_for(milliseconds(1));
  client.close();
  until_refused(1);
}

TEST_P(StreamTest, StreamThatBeginsDuringTheStopEndsAtOnce) {
  start();
  Client client = connect();
  client.send(get("/late"));
  while (protocol_->begun == 0) std::this_thread::sleep_for(milliseconds(1));
  server_->stop();
  EXPECT_EQ(protocol_->refused, 1);
}

TEST_P(StreamTest, ClientThatStopsReadingIsDisconnected) {
  options_.write_timeout = milliseconds(50);
  start();
  Client client = connect();
  client.shrink_receive_buffer();
  client.send(get("/endless"));
  until_refused(1);
  // The buffer between the worker and the connection is bounded, so only sockets hold more.
  EXPECT_LT(protocol_->written, std::size_t{64} << 20);
}

TEST_P(StreamTest, DeadlineEndsTheStream) {
  options_.request_timeout = milliseconds(50);
  start();
  std::string text;
  while (!says(text, "begun")) {  // on a busy machine the deadline may pass before the stream begins
    Client client = connect();
    client.send(get("/until-abandoned"));
    text = client.rest();
  }
  EXPECT_FALSE(says(text, "0\r\n\r\n")) << text;
  until_refused(1);
}

TEST_P(StreamTest, StopCutsAndCountsStreams) {
  start();
  Client client = connect();
  client.send(get("/until-abandoned"));
  ASSERT_TRUE(client.until("begun"));
  EXPECT_EQ(server_->stop().cut, 1u);
  EXPECT_EQ(protocol_->refused, 1);
  EXPECT_EQ(server_->stop().cut, 1u) << "again: the same report";
}

}  // namespace
}  // namespace rappel
