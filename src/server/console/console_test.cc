// The console's files and headers, and the choice between page and JSON at `/`, over sockets.
#include "server/console/console.h"

#include <regex>
#include <set>
#include <vector>

#include "codec/inflate.h"
#include "server/documents/assets.h"
#include "server/test_server.h"

namespace rappel {
namespace {

std::string get(const std::string& path, const std::string& headers = "") {
  return "GET " + path + " HTTP/1.1\r\nHost: h\r\n" + headers + "\r\n";
}

constexpr char kBrowser[] = "Accept: text/html,application/xhtml+xml,*/*;q=0.8\r\n";

std::string header(const std::string& answer, const std::string& name) {
  std::smatch found;
  const std::regex line("\r\n" + name + ": ([^\r]*)", std::regex::icase);
  return std::regex_search(answer, found, line) ? found[1].str() : "";
}

class ConsoleTest : public ServerTest {
 protected:
  ConsoleTest() {
    options_.version = "1.2.3";
    start();
  }
};

TEST_F(ConsoleTest, BrowserGetsThePageAndAProgramGetsJson) {
  const std::string page = once(get("/", kBrowser));
  EXPECT_TRUE(says(page, "HTTP/1.1 200"));
  EXPECT_EQ(header(page, "content-type"), "text/html; charset=utf-8");
  EXPECT_EQ(header(page, "vary"), "Accept");
  EXPECT_TRUE(says(page, R"(data-version="1.2.3")"));
  for (const char* accept : {"", "Accept: */*\r\n", "Accept: application/json\r\n"}) {
    const std::string json = once(get("/", accept));
    EXPECT_EQ(header(json, "content-type"), "application/json") << accept;
    EXPECT_EQ(header(json, "vary"), "Accept") << accept;
    EXPECT_TRUE(says(json, R"({"name":"rappel","version":"1.2.3",)")) << accept;
  }
}

TEST_F(ConsoleTest, PolicyAllowsNothingFromElsewhereAndNothingInline) {
  const std::string policy = header(once(get("/", kBrowser)), "content-security-policy");
  EXPECT_TRUE(says(policy, "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'"));
  EXPECT_TRUE(says(policy, "require-trusted-types-for 'script'; trusted-types 'none'"));
  EXPECT_FALSE(says(policy, "unsafe"));
  EXPECT_FALSE(says(policy, "http"));
}

TEST_F(ConsoleTest, FilesAreRevalidated) {
  for (const char* path : {"/", "/console/app.js", "/console/console.css", "/console/icon.svg"}) {
    const std::string first = once(get(path, kBrowser));
    EXPECT_EQ(header(first, "cache-control"), "no-cache") << path;
    const std::string etag = header(first, "etag");
    ASSERT_EQ(etag.size(), 34u) << path;
    EXPECT_TRUE(says(once(get(path, kBrowser + ("If-None-Match: " + etag + "\r\n"))), "HTTP/1.1 304"))
        << path;
    EXPECT_TRUE(says(once(get(path, std::string(kBrowser) + "If-None-Match: \"x\"\r\n")), "HTTP/1.1 200"))
        << path;
  }
}

TEST_F(ConsoleTest, FilesOfTheBuildAreKept) {
  const std::string page = once(get("/", kBrowser));
  std::smatch found;
  ASSERT_TRUE(std::regex_search(page, found, std::regex("console/([0-9a-f]{16})/app\\.js"))) << page;
  const std::string build = found[1];
  const std::string file = once(get("/console/" + build + "/app.js"));
  EXPECT_TRUE(says(file, "HTTP/1.1 200"));
  EXPECT_EQ(header(file, "cache-control"), "public, max-age=31536000, immutable");
  EXPECT_TRUE(says(file, std::string(asset("console/app.js"))));
  const std::vector<std::string> others = {"0123456789abcdef/app.js", "x/app.js", build + "/none.js",
                                           build + "/console.html", build + "/..%2fapp.js"};
  for (const std::string& path : others) {
    const std::string none = once(get("/console/" + path));
    EXPECT_TRUE(says(none, "HTTP/1.1 404")) << path;
    EXPECT_FALSE(says(none, "immutable")) << path;
  }
}

TEST_F(ConsoleTest, FilesAreSentAsGzipToThoseWhoAcceptIt) {
  const std::string plain = once(get("/console/app.js")), tag = header(plain, "etag");
  EXPECT_EQ(header(plain, "content-encoding"), "");
  EXPECT_EQ(header(plain, "vary"), "Accept-Encoding");
  for (const char* codings : {"gzip", "br, GZIP;q=0.5", "deflate, gzip ; q=1.0"}) {
    const std::string coded =
        once(get("/console/app.js", "Accept-Encoding: " + std::string(codings) + "\r\n"));
    EXPECT_EQ(header(coded, "content-encoding"), "gzip") << codings;
    EXPECT_EQ(header(coded, "etag"), tag.substr(0, 33) + "-gzip\"");
    std::string text;
    Inflate inflate(Compression::kGzip);
    ASSERT_TRUE(inflate
                    .add(coded.substr(coded.find("\r\n\r\n") + 4),
                         [&](std::string_view part) {
                           text += part;
                           return Status();
                         })
                    .ok());
    EXPECT_TRUE(inflate.finish().ok());
    EXPECT_EQ(text, asset("console/app.js"));
    EXPECT_LT(coded.size(), plain.size());
    EXPECT_TRUE(says(once(get("/console/app.js",
                              "Accept-Encoding: gzip\r\nIf-None-Match: " + header(coded, "etag") + "\r\n")),
                     "HTTP/1.1 304"));
  }
  for (const char* codings : {"", "br", "gzip;q=0", "gzip; q=0.000", "xgzip", "identity"})
    EXPECT_EQ(header(once(get("/console/app.js", "Accept-Encoding: " + std::string(codings) + "\r\n")),
                     "content-encoding"),
              "")
        << codings;
}

TEST_F(ConsoleTest, EveryFileThatAPageOrScriptNamesIsServed) {
  std::set<std::string> named;
  const std::regex reference(
      R"re((?:from '\./|(?:src|href)="console/(?:\{\{BUILD\}\}/)?|'console/)([\w.]+))re");
  for (const std::string_view name : asset_names()) {
    if (name.substr(0, 8) != "console/") continue;
    const std::string text(asset(name));
    for (std::sregex_iterator at(text.begin(), text.end(), reference), end; at != end; ++at)
      named.insert((*at)[1]);
  }
  EXPECT_GT(named.size(), 20u);
  for (const std::string& name : named)
    EXPECT_TRUE(says(once(get("/console/" + name)), "HTTP/1.1 200"))
        << name << " is not in src/server/CMakeLists.txt";
}

TEST_F(ConsoleTest, FilesInsertNoHtmlAndLoadNothingFromElsewhere) {
  for (const std::string_view name : asset_names()) {
    if (name.substr(0, 8) != "console/") continue;
    const std::string text(asset(name));
    for (const char* risky : {"innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(",
                              "style=\"", "onclick=\"", "src=\"http", "href=\"http", "@import", "url("})
      EXPECT_FALSE(says(text, risky)) << name << " has " << risky;
  }
}

}  // namespace
}  // namespace rappel
