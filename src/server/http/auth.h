// Auth: who may call. One gate for all endpoints of the API, passed before a body is read or parsed.
//
// Tokens are kept as SHA-256 digests and compared with all of them in constant time. Messages and codes are
// those of the old service (plugin-api.md 1.3). Immutable after construction; any thread may use it.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "server/http/http_types.h"

namespace rappel {

class Auth {
 public:
  // No tokens: everyone may call (the server then listens on a loopback address only).
  Auth(const std::vector<std::string>& tokens, std::vector<std::string> cors_origins, std::string public_url);

  // The refusal, or nothing when the request may go on.
  std::optional<Answer> refuse(const RequestHead& head) const;

  // Whether a page of this origin may read answers, by configuration.
  bool origin_allowed(std::string_view origin) const;
  bool any_origin() const { return any_origin_; }

 private:
  bool known_token(std::string_view token) const;
  std::optional<Answer> refuse_token(const RequestHead& head) const;
  std::optional<Answer> refuse_foreign_page(const RequestHead& head) const;

  std::vector<std::string> digests_;
  std::vector<std::string> cors_origins_;
  bool any_origin_ = false;
  std::string public_host_;  // host[:port] of the public URL
};

// Host part of "name:port" or "[::1]:port", lower case.
std::string host_without_port(std::string_view host);
bool is_loopback_host(std::string_view host);

}  // namespace rappel
