#include "server/http/known_pages.h"

#include <algorithm>
#include <string>
#include <string_view>

#include "base/ascii.h"
#include "server/http/auth.h"

namespace rappel {
namespace {

using Reason = Refusal::Reason;

// host[:port] of a URL or an origin, lower case.
std::string host_of(std::string_view url) {
  const std::size_t at = url.find("://");
  if (at != std::string_view::npos) url.remove_prefix(at + 3);
  return lower_case(url.substr(0, url.find('/')));
}

bool listens_on_loopback(const HttpOptions& options) {
  return options.host == "::1" || is_loopback_host(options.host);
}

}  // namespace

std::optional<Refusal> refuse_unknown_page(const RequestHead& head, const HttpOptions& options) {
  const std::string host = lower_case(head.header("host")), public_host = host_of(options.public_url);
  const auto is_known = [&](const std::string& name) {
    return is_loopback_host(host_without_port(name)) || (!public_host.empty() && name == public_host);
  };
  const bool loopback = listens_on_loopback(options);
  if (loopback && !host.empty() && !is_known(host))
    return Refusal{Reason::kForeignHost,
                   "Host not allowed: use a loopback name, or set RAPPEL_PUBLIC_URL to the server's address"};
  const std::string origin = lower_case(head.header("origin"));
  if (origin.empty()) return std::nullopt;
  const std::string page = host_of(origin);
  const bool named =
      std::any_of(options.cors_origins.begin(), options.cors_origins.end(),
                  [&](const std::string& one) { return one != "*" && lower_case(one) == origin; });
  if (named || is_known(page) || (!loopback && page == host)) return std::nullopt;
  return Refusal{Reason::kForeignOrigin, "Origin not allowed: name it in RAPPEL_CORS_ORIGINS"};
}

}  // namespace rappel
