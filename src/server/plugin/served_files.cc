#include "server/plugin/served_files.h"

#include <fmt/format.h>

#include <ctime>

#include "base/check.h"
#include "codec/json.h"
#include "codec/sha256.h"
#include "server/plugin/assets/assets.h"

namespace rappel {
namespace {

constexpr std::string_view kOpenAddress = "https://your-app-url.com";  // as in the contract's documents

std::string replaced(std::string text, std::string_view from, std::string_view to) {
  for (std::size_t at = 0; (at = text.find(from, at)) != std::string::npos; at += to.size())
    text.replace(at, from.size(), to);
  return text;
}

std::string asset_text(std::string_view name) {
  const std::string_view bytes = asset(name);
  RAPPEL_CHECK(!bytes.empty(), "every document names an asset of the build");
  return std::string(bytes);
}

// As the old service sent it: compact.
std::string compact_json(const std::string& text) {
  const auto parsed = parse_json(text);
  RAPPEL_CHECK(parsed.ok(), "JSON assets are well-formed");
  return dump_json(*parsed);
}

}  // namespace

ServedFiles::ServedFiles(const std::string& public_url) {
  const auto located = [&](std::string text) {
    return public_url.empty() ? text : replaced(std::move(text), kOpenAddress, public_url);
  };
  const auto add = [&](const char* path, const char* content_type, std::string body) -> ServedFile& {
    ServedFile& document = by_path_[path];
    document.content_type = content_type;
    document.body = std::move(body);
    return document;
  };
  const auto add_file = [&](const char* path, const char* content_type, std::string body) {
    ServedFile& document = add(path, content_type, std::move(body));
    document.etag = "\"" + sha256_hex(document.body).substr(0, 32) + "\"";
    document.last_modified = http_date();
  };
  // `root`: from the page's address to the server's root; openapi.json stands beside every page.
  const auto add_page = [&](const char* path, const char* title, const char* root, const char* mode) {
    std::string page = replaced(asset_text("docs.html"), "{{TITLE}}", title);
    add(path, "text/html; charset=utf-8", replaced(replaced(page, "{{ROOT}}", root), "{{MODE}}", mode)).page =
        true;
  };

  add("/openapi.json", "application/json", compact_json(located(asset_text("openapi.json"))));
  add("/sub/openapi.json", "application/json", compact_json(located(asset_text("sub-openapi.json"))));
  add_page("/docs", "Retrieval API", "", "try");
  add_page("/redoc", "Retrieval API", "", "read");
  add_page("/sub/docs", "Retrieval Plugin API", "../", "try");
  add_page("/sub/redoc", "Retrieval Plugin API", "../", "read");
  add("/docs/oauth2-redirect", "text/html; charset=utf-8", asset_text("oauth2-redirect.html")).page = true;
  add_file("/docs/docs.js", "text/javascript; charset=utf-8", asset_text("docs.js"));
  add_file("/docs/docs.css", "text/css; charset=utf-8", asset_text("docs.css"));
  add_file("/.well-known/ai-plugin.json", "application/json", located(asset_text("ai-plugin.json")));
  add_file("/.well-known/openapi.yaml", "text/plain; charset=utf-8", located(asset_text("openapi.yaml")));
  add_file("/.well-known/logo.png", "image/png", asset_text("logo.png"));
}

const ServedFile* ServedFiles::find(std::string_view path) const {
  const auto it = by_path_.find(std::string(path));
  return it == by_path_.end() ? nullptr : &it->second;
}

std::string http_date() {
  const std::time_t now = std::time(nullptr);
  std::tm utc{};
  gmtime_r(&now, &utc);
  // Not strftime: names of days and months are English whatever the locale.
  static constexpr const char* kDays[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  static constexpr const char* kMonths[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                            "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  return fmt::format("{}, {:02} {} {} {:02}:{:02}:{:02} GMT", kDays[utc.tm_wday], utc.tm_mday,
                     kMonths[utc.tm_mon], utc.tm_year + 1900, utc.tm_hour, utc.tm_min, utc.tm_sec);
}

}  // namespace rappel
