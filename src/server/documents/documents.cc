#include "server/documents/documents.h"

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "codec/json.h"
#include "codec/sha256.h"
#include "server/documents/assets.h"
#include "server/http/date.h"

namespace rappel {
namespace {

constexpr std::string_view kOpenAddress = "https://your-app-url.com";  // as in the contract's documents
constexpr char kHtml[] = "text/html; charset=utf-8";

std::string asset_text(std::string_view name) {
  const std::string_view bytes = asset(name);
  RAPPEL_CHECK(!bytes.empty(), "every document names an asset of the build");
  return std::string(bytes);
}

// Whether a list such as "gzip;q=0.5, br" has gzip (RFC 9110, 12.5.3). A coding that is refused has the
// weight 0.
bool accepts_gzip(std::string_view codings) {
  while (!codings.empty()) {
    const std::size_t end = std::min(codings.find(','), codings.size());
    const std::string_view item = codings.substr(0, end);
    codings.remove_prefix(std::min(end + 1, codings.size()));
    const std::size_t semicolon = std::min(item.find(';'), item.size());
    if (!equal_ignoring_case(trimmed(item.substr(0, semicolon)), "gzip")) continue;
    const std::string_view weight = trimmed(item.substr(std::min(semicolon + 1, item.size())));
    return weight.substr(0, 2) != "q=" || weight.find_first_not_of("0.", 2) != std::string_view::npos;
  }
  return false;
}

Response with_page_headers(Response response) {
  response.with(
      "content-security-policy",
      "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; "
      "base-uri 'none'; form-action 'none'; frame-ancestors 'none'");
  response.with("referrer-policy", "no-referrer").with("x-frame-options", "DENY");
  return response;
}

}  // namespace

std::string Documents::located(std::string text) const {
  return public_url_.empty() ? text : replaced(std::move(text), kOpenAddress, public_url_);
}

void Documents::add_json(std::string path, std::string_view json) {
  const auto parsed = parse_json(located(std::string(json)));
  RAPPEL_CHECK(parsed.ok(), "JSON assets are well-formed");
  by_path_[std::move(path)] = {"application/json", dump_json(*parsed), "", "", false};
}

void Documents::add_file(std::string path, std::string content_type, std::string_view asset) {
  add_text(std::move(path), std::move(content_type), asset_text(asset));
}

void Documents::add_text(std::string path, std::string content_type, std::string text, Headers headers,
                         std::string_view gzip) {
  Document document{std::move(content_type), located(std::move(text)), "", http_date(), false,
                    std::move(headers),      std::string(gzip)};
  document.etag = "\"" + sha256_hex(document.body).substr(0, 32) + "\"";
  by_path_[std::move(path)] = std::move(document);
}

void Documents::add_page(std::string path, std::string html) {
  by_path_[std::move(path)] = {kHtml, std::move(html), "", "", true};
}

void Documents::add_api_page(std::string path, std::string_view title, std::string_view root, ApiPage kind) {
  std::string page = replaced(asset_text("docs.html"), "{{TITLE}}", title);
  page = replaced(std::move(page), "{{ROOT}}", root);
  add_page(std::move(path), replaced(std::move(page), "{{MODE}}", kind == ApiPage::kTry ? "try" : "read"));
}

Response Documents::answer(const std::string& path, const RequestHead& head) const {
  return respond(by_path_.at(path), head);
}

void Documents::add_routes(std::vector<Route>& routes) const {
  for (const auto& [path, document] : by_path_)
    routes.push_back(
        {path,
         {Method::kGet, Method::kHead},
         Work::kAtOnce,
         Access::kOpen,
         [&document = document](const Request& request) { return respond(document, request.head); },
         {}});
}

Response Documents::respond(const Document& document, const RequestHead& head) {
  const bool coded = !document.gzip.empty() && accepts_gzip(head.header("accept-encoding"));
  Response response{200, document.content_type, coded ? document.gzip : document.body, document.headers, {}};
  if (!document.gzip.empty()) response.with("vary", "Accept-Encoding");
  if (coded) response.with("content-encoding", "gzip");
  if (!document.etag.empty()) {
    // Other bytes have another tag (RFC 9110, 8.8.3).
    const std::string etag =
        coded ? document.etag.substr(0, document.etag.size() - 1) + "-gzip\"" : document.etag;
    response.with("etag", etag).with("last-modified", document.last_modified);
    const std::string_view known = head.header("if-none-match");
    if (known.find(etag) != std::string::npos || known == "*") {
      response.status = 304;
      response.body.clear();
    }
  }
  return document.page ? with_page_headers(std::move(response)) : response;
}

std::string replaced(std::string text, std::string_view from, std::string_view to) {
  for (std::size_t at = 0; (at = text.find(from, at)) != std::string::npos; at += to.size())
    text.replace(at, from.size(), to);
  return text;
}

}  // namespace rappel
