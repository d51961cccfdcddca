// Auth: who may call. One gate for all routes that need a token, passed before a body is read or parsed.
//
// The scheme's name matches without regard to case (RFC 9110, 11.1). Tokens are kept as SHA-256 digests and
// compared with all of them in constant time. Immutable after construction; any thread may use it.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "server/http/refusal.h"
#include "server/http/request.h"

namespace rappel {

class Auth {
 public:
  // No tokens: everyone may call (the server then listens on a loopback address only).
  Auth(const std::vector<std::string>& tokens, std::vector<std::string> cors_origins,
       const std::string& public_url);

  // The refusal, or nothing when the request may go on.
  std::optional<Refusal> refuse(const RequestHead& head) const;

  // The token of the request, as a name that does not give it away; empty without a token.
  std::string token_name(const RequestHead& head) const;

  // Whether a page of this origin may read responses, by configuration.
  bool origin_allowed(std::string_view origin) const;
  bool any_origin() const { return any_origin_; }

 private:
  bool known_token(std::string_view token) const;
  std::optional<Refusal> refuse_token(const RequestHead& head) const;
  std::optional<Refusal> refuse_foreign_page(const RequestHead& head) const;

  std::vector<std::string> digests_;
  std::vector<std::string> cors_origins_;
  bool any_origin_ = false;
  std::string public_host_;  // host[:port] of the public URL
};

// Host part of "name:port" or "[::1]:port", lower case.
std::string host_without_port(std::string_view host);
bool is_loopback_host(std::string_view host);

}  // namespace rappel
