#include "server/documents/documents.h"

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

void Documents::add_text(std::string path, std::string content_type, std::string text, Headers headers) {
  Document document{std::move(content_type), located(std::move(text)), "", http_date(), false,
                    std::move(headers)};
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
  Response response{200, document.content_type, document.body, document.headers, {}};
  if (!document.etag.empty()) {
    response.with("etag", document.etag).with("last-modified", document.last_modified);
    const std::string_view known = head.header("if-none-match");
    if (known.find(document.etag) != std::string::npos || known == "*") {
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
