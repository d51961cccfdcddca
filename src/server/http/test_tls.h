// For tests: certificates, and the client's side of TLS.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <memory>
#include <string>

#include "server/http/tls_context.h"

struct ssl_st;
struct ssl_session_st;

namespace rappel {

struct TestIdentity {
  std::string certificate, key;  // PEM
};
// A new key of P-256, and its certificate by itself, valid from a day ago until `lifetime` from now.
TestIdentity make_identity(const std::string& name = "localhost",
                           std::chrono::seconds lifetime = std::chrono::hours(24 * 365));
// Writes cert.pem and key.pem, which only the owner may read.
TlsFiles write_identity(const TestIdentity& identity, const std::filesystem::path& folder);
// One for all tests of the program.
std::shared_ptr<const TlsContext> test_tls();

struct TestTlsOptions {
  int most_version = 0;                          // 0x0303 for TLS 1.2; 0: no limit
  std::string protocol = {};                     // of ALPN; empty: none is offered
  std::shared_ptr<ssl_session_st> session = {};  // to resume
};

// Over a connected socket, which stays the caller's. Trusts every certificate.
class TestTls {
 public:
  explicit TestTls(int socket, TestTlsOptions options = {});
  ~TestTls();
  TestTls(const TestTls&) = delete;
  TestTls& operator=(const TestTls&) = delete;

  bool connected() const { return connected_; }  // the handshake is done
  // As ::send() and ::recv().
  ssize_t send(const char* data, std::size_t size);
  ssize_t recv(char* data, std::size_t size);
  void stop_sending();  // with TLS's own farewell

  bool ended_well() const { return ended_well_; }  // recv() has returned 0 because of the server's farewell
  std::string version() const;
  std::string protocol() const;
  std::string name() const;  // of the server's certificate
  bool resumed() const;
  std::shared_ptr<ssl_session_st> session() const;

 private:
  std::unique_ptr<ssl_st, void (*)(ssl_st*)> ssl_;
  bool connected_ = false, ended_well_ = false;
};

}  // namespace rappel
