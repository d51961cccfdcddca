// TlsContext: a certificate with its key, ready for handshakes as a server (over OpenSSL, which only
// tls_context.cc and tls_session.cc see).
//
// TLS 1.2 and 1.3, with forward secrecy and authenticated encryption; ALPN http/1.1; session tickets, whose
// keys live in memory and end with the object; no renegotiation, no client certificates. Immutable, and any
// number of sessions on any threads may use it.
#pragma once

#include <chrono>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "base/status.h"

struct ssl_ctx_st;

namespace rappel {

// PEM files. The chain begins with the server's own certificate; the key is not encrypted, and both may be
// the same file.
struct TlsFiles {
  std::filesystem::path certificate;
  std::filesystem::path key;
};

class TlsContext {
 public:
  using Clock = std::chrono::system_clock;

  // kInvalidArgument names the file and what to do: it cannot be read, is no PEM, has expired, the key is
  // encrypted or belongs to another certificate.
  static Result<std::shared_ptr<const TlsContext>> load(const TlsFiles& files, Clock::time_point now);

  Clock::time_point expires() const { return expires_; }
  // Its names, for people: "docs.example.org, example.org", else its subject.
  const std::string& names() const { return names_; }
  // Weak spots that do not prevent its use: who may read the key, an end that is near.
  const std::vector<std::string>& warnings() const { return warnings_; }

  ssl_ctx_st* native() const { return context_.get(); }

 private:
  struct Free {
    void operator()(ssl_ctx_st* context) const;
  };
  TlsContext() = default;

  std::unique_ptr<ssl_ctx_st, Free> context_;
  Clock::time_point expires_;
  std::string names_;
  std::vector<std::string> warnings_;
};

}  // namespace rappel
