// TLS: certificates that do and do not load, handshakes, and a server that changes its certificate. Requests
// over TLS are in server_test.cc, stream_test.cc and feed_test.cc, which run with both transports.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <thread>

#include "server/test_server.h"
#include "testing/temp_dir.h"

namespace rappel {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
namespace fs = std::filesystem;

constexpr std::chrono::hours kDay{24};

void write(const fs::path& path, const std::string& text) { std::ofstream(path) << text; }

class TlsContextTest : public testing::Test {
 protected:
  Result<std::shared_ptr<const TlsContext>> load() const {
    return TlsContext::load(files_, TlsContext::Clock::now());
  }
  std::string failure() const {
    const auto tls = load();
    return tls.ok() ? "loaded" : tls.status().to_string();
  }

  TempDir folder_;
  TestIdentity identity_ = make_identity("docs.example.org");
  TlsFiles files_ = write_identity(identity_, folder_.path());
};

TEST_F(TlsContextTest, KnowsItsNamesAndItsEnd) {
  const auto tls = load();
  ASSERT_TRUE(tls.ok()) << tls.status().to_string();
  EXPECT_EQ((*tls)->names(), "docs.example.org");
  EXPECT_GT((*tls)->expires(), TlsContext::Clock::now() + 364 * kDay);
  EXPECT_LT((*tls)->expires(), TlsContext::Clock::now() + 366 * kDay);
  EXPECT_TRUE((*tls)->warnings().empty());
}

TEST_F(TlsContextTest, CertificateAndKeyMayShareAFile) {
  write(files_.certificate, identity_.certificate + identity_.key);
  files_.key = files_.certificate;
  EXPECT_TRUE(load().ok());
}

TEST_F(TlsContextTest, BadFilesAreNamed) {
  const std::string key = files_.key.string(), certificate = files_.certificate.string();
  write(files_.key, make_identity().key);
  EXPECT_TRUE(
      says(failure(), key + " for TLS: it is not the key of the first certificate in " + certificate));
  write(files_.key, "-----BEGIN ENCRYPTED PRIVATE KEY-----\nMII\n-----END ENCRYPTED PRIVATE KEY-----\n");
  EXPECT_TRUE(says(failure(), "the key is encrypted"));
  write(files_.key, "no key");
  EXPECT_TRUE(says(failure(), key + " for TLS: it has no private key"));
  fs::remove(files_.key);
  EXPECT_TRUE(says(failure(), "cannot read " + key)) << failure();
  EXPECT_TRUE(says(failure(), "TLS_KEY"));
  write(files_.certificate, identity_.key);
  EXPECT_TRUE(says(failure(), certificate + " for TLS: it has no certificate"));
  write(files_.certificate,
        identity_.certificate + "-----BEGIN CERTIFICATE-----\nMII\n-----END CERTIFICATE-----\n");
  EXPECT_TRUE(says(failure(), "one of its certificates is damaged"));
  fs::remove(files_.certificate);
  fs::create_directory(files_.certificate);
  EXPECT_TRUE(says(failure(), "folder")) << failure();
}

TEST_F(TlsContextTest, ExpiredCertificateIsRefused) {
  write_identity(make_identity("old.example.org", -std::chrono::hours(1)), folder_.path());
  EXPECT_TRUE(says(failure(), "the certificate expired on 20")) << failure();
}

TEST_F(TlsContextTest, WarnsOfAnOpenKeyAndANearEnd) {
  write_identity(make_identity("soon.example.org", 5 * kDay), folder_.path());
  fs::permissions(files_.key, fs::perms::others_read, fs::perm_options::add);
  const auto tls = load();
  ASSERT_TRUE(tls.ok());
  ASSERT_EQ((*tls)->warnings().size(), 2u);
  EXPECT_TRUE(says((*tls)->warnings()[0], "run `chmod o= " + files_.key.string()));
  EXPECT_TRUE(says((*tls)->warnings()[1], "expires on 20"));
}

class TlsServerTest : public ServerTest {
 protected:
  TlsServerTest() { options_.tls = test_tls(); }
  Client connect_with(const TestTlsOptions& tls) const { return Client(port(), tls); }
};

TEST_F(TlsServerTest, SpeaksTls12AndTls13WithHttp11) {
  start();
  EXPECT_EQ(server_->url(), "https://127.0.0.1:" + std::to_string(port()));
  Client newest = connect_with({.protocol = "http/1.1"});
  ASSERT_TRUE(newest.tls().connected());
  EXPECT_EQ(newest.tls().version(), "TLSv1.3");
  EXPECT_EQ(newest.tls().protocol(), "http/1.1");
  Client older = connect_with({.most_version = 0x0303});
  ASSERT_TRUE(older.tls().connected());
  EXPECT_EQ(older.tls().version(), "TLSv1.2");
  older.send(query("x"));
  EXPECT_EQ(status_of(older.answer()), 200);
  EXPECT_FALSE(connect_with({.most_version = 0x0302}).tls().connected()) << "TLS 1.1";
  EXPECT_FALSE(connect_with({.protocol = "h2"}).tls().connected()) << "HTTP/2 alone";
}

TEST_F(TlsServerTest, SessionsAreResumed) {
  start();
  for (const int version : {0x0303, 0x0304}) {
    Client first = connect_with({.most_version = version});
    first.send(query("x"));
    EXPECT_EQ(status_of(first.answer()), 200);  // TLS 1.3 sends tickets after the handshake
    EXPECT_FALSE(first.tls().resumed());
    Client second = connect_with({.most_version = version, .session = first.tls().session()});
    EXPECT_TRUE(second.tls().resumed()) << version;
    second.send(query("x"));
    EXPECT_EQ(status_of(second.answer()), 200);
  }
}

TEST_F(TlsServerTest, PlainRequestIsToldToUseHttps) {
  start();
  for (const char* text : {"GET /health HTTP/1.1\r\nHost: h\r\n\r\n", "nonsense"}) {
    Client plain(port());
    plain.send(text);
    const std::string answer = plain.answer();
    EXPECT_EQ(status_of(answer), 400) << answer;
    EXPECT_TRUE(says(answer, "This port speaks HTTPS: use https:// in the address")) << answer;
    EXPECT_TRUE(plain.ended());
  }
  EXPECT_TRUE(says(metrics(), "\nrappel_tls_failed_handshakes_total 2\n"));
}

// A record of a handshake whose bytes do not come, and a client without a byte.
TEST_F(TlsServerTest, HandshakeThatDoesNotEndIsCut) {
  options_.header_timeout = milliseconds(50);
  start();
  for (const std::string_view text : {std::string_view("\x16\x03\x01\x02\x00\x01", 6), std::string_view()}) {
    Client slow(port());
    slow.send(text);
    EXPECT_TRUE(slow.ended());
  }
  server_->stop();
  EXPECT_TRUE(says(log_, "TLS handshake failed from 127.0.0.1: the client was too slow")) << log_;
}

TEST_F(TlsServerTest, BrokenHandshakesAreLoggedOnceEach) {
  start();
  {
    Client broken(port());
    broken.send(std::string_view("\x16\x03\x01\x00\x02\x01\x02 and more", 16));
    broken.rest();
    Client gone(port());  // says nothing and leaves: no line
  }
  EXPECT_EQ(status_of(once(query("x"))), 200);
  until_counted("rappel_tls_failed_handshakes_total 2");
  server_->stop();
  const std::string line = "TLS handshake failed from 127.0.0.1: ";
  const std::size_t first = log_.find(line);
  ASSERT_NE(first, std::string::npos) << log_;
  EXPECT_EQ(log_.find(line, first + 1), std::string::npos) << log_;
}

TEST_F(TlsServerTest, UnfinishedHandshakesCountAsConnections) {
  options_.max_connections = 1;
  start();
  auto held = std::make_unique<Client>(port());
  held->send(std::string_view("\x16\x03\x01\x02\x00\x01", 6));
  std::string answer;
  while (status_of(answer) != 503) answer = once(query("x"));  // as soon as the server has accepted the first
  EXPECT_TRUE(says(answer, too_many_connections_refusal().message));
  held.reset();
  while (status_of(answer) != 200) answer = once(query("y"));
}

TEST_F(TlsServerTest, StopDoesNotWaitForHandshakes) {
  options_.stop_timeout = std::chrono::hours(1);
  start();
  Client slow(port()), silent(port());
  slow.send(std::string_view("\x16\x03\x01\x02\x00\x01", 6));
  EXPECT_EQ(status_of(once(query("x"))), 200);  // both are accepted now
  EXPECT_EQ(server_->stop().cut, 0u);
  EXPECT_TRUE(slow.ended());
  EXPECT_TRUE(silent.ended());
}

TEST_F(TlsServerTest, NewCertificateIsForNewConnections) {
  start();
  Client old = connect();
  EXPECT_EQ(old.tls().name(), "localhost");
  const TempDir folder;
  const auto fresh =
      TlsContext::load(write_identity(make_identity("fresh"), folder.path()), TlsContext::Clock::now());
  ASSERT_TRUE(fresh.ok());
  ASSERT_TRUE(server_->set_tls(*fresh).ok());
  Client next = connect();
  EXPECT_EQ(next.tls().name(), "fresh");
  for (Client* client : {&old, &next}) {
    client->send(query("x"));
    EXPECT_EQ(status_of(client->answer()), 200);
  }
}

TEST_F(TlsServerTest, PlainServerTakesNoCertificate) {
  options_.tls = nullptr;
  start();
  EXPECT_EQ(server_->set_tls(test_tls()).code(), Code::kInvalidArgument);
  EXPECT_FALSE(says(metrics(), "rappel_tls_"));
}

TEST_F(TlsServerTest, RedirectsAndLargeBodiesStayWithinTls) {
  start();
  EXPECT_TRUE(says(once("GET /query/ HTTP/1.1\r\nHost: docs.example.org\r\n\r\n"),
                   "location: https://docs.example.org/query"));
  Client client = connect();
  const std::string text(std::size_t{3} << 20, 'x');
  client.send(request("POST", "/upsert", R"({"documents":[{"id":"a","text":")" + text + "\"}]}"));
  EXPECT_TRUE(says(client.answer(), R"({"ids":["a"]})"));
  client.send(request("GET", "/openapi.json", ""));
  const std::string document = client.answer();
  EXPECT_EQ(status_of(document), 200);
  EXPECT_GT(document.size(), 100'000u);
  EXPECT_EQ(document.back(), '}');
}

}  // namespace
}  // namespace rappel
