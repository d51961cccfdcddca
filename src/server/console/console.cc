#include "server/console/console.h"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/check.h"
#include "codec/sha256.h"
#include "server/documents/assets.h"
#include "server/documents/documents.h"
#include "server/http/json_writer.h"
#include "server/input/errors.h"

namespace rappel {
namespace {

constexpr std::string_view kFolder = "console/";  // of the assets, and of their paths
constexpr std::string_view kPage = "console/console.html";
constexpr char kHtml[] = "text/html; charset=utf-8";

std::string content_type(std::string_view name) {
  const std::string_view kind = name.substr(name.rfind('.') + 1);
  if (kind == "js") return "text/javascript; charset=utf-8";
  if (kind == "css") return "text/css; charset=utf-8";
  if (kind == "svg") return "image/svg+xml";
  RAPPEL_CHECK(false, "every kind of file in web/ has a content type");
  return {};
}

// A copy must be compared with the server's ETag before it is used.
Headers file_headers() {
  Headers headers;
  headers.add("cache-control", "no-cache");
  return headers;
}

bool is_file(std::string_view name) { return name.starts_with(kFolder) && name != kPage; }

// A name of the files as they are in this program.
std::string build_name() {
  std::string all;
  for (const std::string_view name : asset_names())
    if (name.starts_with(kFolder)) all += std::string(name) + sha256_hex(asset(name));
  return sha256_hex(all).substr(0, 16);
}

Headers page_headers() {
  Headers headers = file_headers();
  headers.add("vary", "Accept");
  headers.add("content-security-policy",
              "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; "
              "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
              "require-trusted-types-for 'script'; trusted-types 'none'");
  headers.add("referrer-policy", "no-referrer");
  headers.add("x-frame-options", "DENY");
  return headers;
}

class Console : public Protocol {
 public:
  explicit Console(const ProtocolContext& context);

  std::string_view name() const override { return "console"; }
  std::span<const Route> routes() const override { return routes_; }
  Response refuse(const Refusal& refusal) const override { return plugin_refusal(refusal); }

 private:
  Response home(const RequestHead& head) const;
  Response file_of_build(const RequestHead& head) const;
  Response description() const;

  const std::string version_, build_ = build_name();
  Documents page_, files_;
  std::vector<Route> routes_;
};

Console::Console(const ProtocolContext& context) : version_(context.options.version), page_(""), files_("") {
  for (const std::string_view name : asset_names())
    if (is_file(name))
      files_.add_text("/" + std::string(name), content_type(name), std::string(asset(name)), file_headers(),
                      asset("gzip/" + std::string(name)));
  const std::string page = replaced(std::string(asset(kPage)), "{{VERSION}}", version_);
  page_.add_text("/", kHtml, replaced(page, "{{BUILD}}", build_), page_headers());
  routes_.push_back({"/",
                     {Method::kGet, Method::kHead},
                     Work::kAtOnce,
                     Access::kOpen,
                     [this](const Request& request) { return home(request.head); },
                     {}});
  routes_.push_back({"/console/{build}/{name}",
                     {Method::kGet, Method::kHead},
                     Work::kAtOnce,
                     Access::kOpen,
                     [this](const Request& request) { return file_of_build(request.head); },
                     {}});
  files_.add_routes(routes_);
}

// Its address changes with the program, so a browser need not ask for it again.
Response Console::file_of_build(const RequestHead& head) const {
  const std::string path = "/" + std::string(kFolder) + std::string(head.parameter("name"));
  if (head.parameter("build") != build_ || !files_.has(path))
    return refuse({Refusal::Reason::kNoSuchPath, "Not Found"});
  Response response = files_.answer(path, head);
  response.headers.set("cache-control", "public, max-age=31536000, immutable");
  return response;
}

Response Console::home(const RequestHead& head) const {
  const bool for_person = head.header("accept").find("text/html") != std::string_view::npos;
  return for_person ? page_.answer("/", head) : description();
}

Response Console::description() const {
  JsonWriter out;
  out.begin_object().key("name").string("rappel").key("version").string(version_);
  out.key("description").string("retrieval server: stores documents and answers queries");
  for (const char* path : {"docs", "openapi.json", "health", "ready"})
    out.key(path).string(std::string("/") + path);
  return Response::json(out.end_object().take()).with("vary", "Accept");
}

}  // namespace

std::unique_ptr<Protocol> console_protocol(const ProtocolContext& context) {
  return std::make_unique<Console>(context);
}

}  // namespace rappel
