#include "server/http/auth.h"

#include "codec/sha256.h"

namespace rappel {
namespace {

using Reason = Refusal::Reason;

// Digests are of equal, public length: the time says nothing about where they differ.
bool same_digest(std::string_view a, std::string_view b) {
  unsigned difference = a.size() == b.size() ? 0 : 1;
  for (std::size_t i = 0; i < a.size() && i < b.size(); ++i)
    difference |= static_cast<unsigned char>(a[i]) ^ static_cast<unsigned char>(b[i]);
  return difference == 0;
}

struct Credentials {
  std::string_view scheme, token;
};

Credentials credentials_of(const RequestHead& head) {
  const std::string_view value = trimmed(head.header("authorization"));
  if (value.empty()) {  // as Azure's clients send it, and others
    for (const char* name : {"api-key", "x-api-key"})
      if (const std::string_view key = trimmed(head.header(name)); !key.empty()) return {"bearer", key};
  }
  const std::size_t space = value.find(' ');
  if (space == std::string_view::npos) return {value, {}};
  return {value.substr(0, space), value.substr(space + 1)};
}

std::string_view after_scheme(std::string_view url) {
  const std::size_t at = url.find("://");
  return at == std::string_view::npos ? url : url.substr(at + 3);
}

}  // namespace

Auth::Auth(std::vector<KnownToken> tokens, std::vector<std::string> cors_origins,
           const std::string& public_url)
    : tokens_(std::move(tokens)), cors_origins_(std::move(cors_origins)) {
  for (std::string& origin : cors_origins_) {
    // Without a token, a page of any origin could read and change everything through its visitor's browser.
    if (origin == "*") any_origin_ = !tokens_.empty();
    origin = lower_case(origin);
  }
  const std::string_view rest = after_scheme(public_url);
  public_host_ = lower_case(rest.substr(0, rest.find('/')));
}

std::variant<PrincipalPtr, Refusal> Auth::identify(const RequestHead& head, std::int64_t now) const {
  if (!tokens_.empty()) return holder_of_token(head, now);
  if (auto refusal = refuse_foreign_page(head)) return *std::move(refusal);
  return admin_principal();
}

std::string Auth::token_name(const RequestHead& head) const {
  const auto [scheme, given] = credentials_of(head);
  const std::string_view token = given.empty() ? scheme : given;
  return token.empty() || tokens_.empty() ? std::string() : sha256_hex(token).substr(0, 8);
}

std::variant<PrincipalPtr, Refusal> Auth::holder_of_token(const RequestHead& head, std::int64_t now) const {
  const auto [scheme, token] = credentials_of(head);
  if (token.empty() && !scheme.empty())  // a token without a scheme
    if (auto principal = find(scheme, now)) return principal;
  if (scheme.empty() || token.empty()) return Refusal{Reason::kNotAuthenticated, "Not authenticated"};
  if (!equal_ignoring_case(scheme, "bearer"))
    return Refusal{Reason::kOtherScheme, "Invalid authentication credentials"};
  if (auto principal = find(token, now)) return principal;
  return Refusal{Reason::kWrongToken, "Invalid or missing token"};
}

// Without tokens a browser is the way in: a page of another origin posting to this address, or one whose own
// name was made to resolve here (DNS rebinding). Both show in Host and Origin.
std::optional<Refusal> Auth::refuse_foreign_page(const RequestHead& head) const {
  const std::string host = lower_case(head.header("host"));
  const std::string_view origin = head.header("origin");
  const bool known_host = host.empty() || is_loopback_host(host_without_port(host)) ||
                          (!public_host_.empty() && host == public_host_);
  if (!known_host)
    return Refusal{Reason::kForeignHost,
                   "Host not allowed: without a token this server answers only to loopback names"};
  if (origin.empty() || lower_case(after_scheme(origin)) == host || origin_allowed(origin))
    return std::nullopt;
  return Refusal{Reason::kForeignOrigin,
                 "Origin not allowed: name it in the server's CORS origins, or use a token"};
}

// All digests are compared, so that the time does not tell which one it was.
PrincipalPtr Auth::find(std::string_view token, std::int64_t now) const {
  const std::string digest = sha256_hex(token);
  const KnownToken* found = nullptr;
  for (const KnownToken& entry : tokens_)
    if (same_digest(entry.digest, digest)) found = &entry;
  return found != nullptr && !found->principal->is_expired(now) ? found->principal : nullptr;
}

bool Auth::origin_allowed(std::string_view origin) const {
  if (any_origin_) return true;
  const std::string wanted = lower_case(origin);
  for (const std::string& one : cors_origins_)
    if (one != "*" && one == wanted) return true;
  return false;
}

std::vector<KnownToken> admin_tokens(const std::vector<std::string>& tokens) {
  std::vector<KnownToken> known;
  for (const std::string& token : tokens) known.push_back({sha256_hex(token), admin_principal()});
  return known;
}

std::string host_without_port(std::string_view host) {
  if (!host.empty() && host.front() == '[') return lower_case(host.substr(0, host.find(']') + 1));
  return lower_case(host.substr(0, host.find(':')));
}

bool is_loopback_host(std::string_view host) {
  if (host == "localhost" || host == "[::1]") return true;
  if (host.substr(0, 4) != "127.") return false;
  return host.find_first_not_of("0123456789.") == std::string_view::npos;
}

}  // namespace rappel
