// Auth: who calls. One gate for all routes that need a token, passed before a body is read or parsed.
//
// The scheme's name matches without regard to case (RFC 9110, 11.1). A token may also come without a scheme,
// or, without Authorization, in the header Api-Key or X-Api-Key. Tokens are kept as SHA-256 digests and
// compared with all of them in constant time. Immutable after construction; any thread may use it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "access/principal.h"
#include "server/http/refusal.h"
#include "server/http/request.h"

namespace rappel {

class Auth {
 public:
  // No tokens: everyone may call (the server then listens on a loopback address only).
  Auth(std::vector<KnownToken> tokens, std::vector<std::string> cors_origins, const std::string& public_url);

  // The caller, or the refusal of the request. `now`: seconds since 1970.
  std::variant<PrincipalPtr, Refusal> identify(const RequestHead& head, std::int64_t now) const;

  // The token of the request, as a name that does not give it away; empty without a token.
  std::string token_name(const RequestHead& head) const;

  // Whether a page of this origin may read responses, by configuration.
  bool origin_allowed(std::string_view origin) const;
  bool any_origin() const { return any_origin_; }

 private:
  PrincipalPtr find(std::string_view token, std::int64_t now) const;
  std::variant<PrincipalPtr, Refusal> holder_of_token(const RequestHead& head, std::int64_t now) const;
  std::optional<Refusal> refuse_foreign_page(const RequestHead& head) const;

  std::vector<KnownToken> tokens_;
  std::vector<std::string> cors_origins_;
  bool any_origin_ = false;
  std::string public_host_;  // host[:port] of the public URL
};

// The tokens of BEARER_TOKEN.
std::vector<KnownToken> admin_tokens(const std::vector<std::string>& tokens);

// Host part of "name:port" or "[::1]:port", lower case.
std::string host_without_port(std::string_view host);
bool is_loopback_host(std::string_view host);

}  // namespace rappel
