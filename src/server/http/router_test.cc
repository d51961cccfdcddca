// The router with protocols of the test: whose shape a refusal has, and whose route a request gets.
#include "server/http/router.h"

#include <gtest/gtest.h>

#include "base/metrics_text.h"
#include "codec/sha256.h"

namespace rappel {
namespace {

// Answers "NAME path", refuses with "NAME status: message".
class NamedProtocol : public Protocol {
 public:
  NamedProtocol(std::string name, std::vector<std::string_view> prefixes)
      : name_(std::move(name)), prefixes_(std::move(prefixes)) {}
  void add(std::string_view path, std::vector<Method> methods, Access access = Access::kToken,
           Scope scope = Scope::kRead, Work work = Work::kAtOnce) {
    routes_.push_back({path, std::move(methods), work, access,
                       [this](const Request& request) {
                         if (request.head.headers.has("throw")) throw std::runtime_error("secret");
                         std::string text = name_ + " " + request.head.path;
                         for (const auto& [name, value] : request.head.parameters)
                           text += " " + name + "=" + value;
                         return Response::text(text);
                       },
                       [](const RequestHead& head) -> std::optional<Refusal> {
                         if (!head.headers.has("early")) return std::nullopt;
                         return Refusal{Refusal::Reason::kNotReady, "too early", 3, {}};
                       },
                       scope});
  }
  std::string_view name() const override { return name_; }
  std::span<const Route> routes() const override { return routes_; }
  std::vector<std::string_view> prefixes() const override { return prefixes_; }
  Response refuse(const Refusal& refusal) const override {
    const int status = status_of(refusal.reason);
    return with_refusal_headers(
        Response::text(name_ + " " + std::to_string(status) + ": " + refusal.message, status), refusal);
  }

 private:
  const std::string name_;
  const std::vector<std::string_view> prefixes_;
  std::vector<Route> routes_;
};

class RouterTest : public testing::Test {
 protected:
  RouterTest() {
    options_.tokens = {"tok"};
    name_token("reader", "read");
    name_token("writer", "write");
    name_token("old", "read", 1);
    Principal limited{.name = "limited", .id = "limited", .scopes = *parse_scopes("read,write")};
    limited.max_rate = Rate{2, 60};
    limited.max_body = 10;
    options_.named_tokens.push_back(
        {sha256_hex("limited"), std::make_shared<const Principal>(std::move(limited))});
    auto first = std::make_unique<NamedProtocol>("first", std::vector<std::string_view>{});
    first->add("/a", {Method::kPost});
    auto second = std::make_unique<NamedProtocol>("second", std::vector<std::string_view>{"/v1/"});
    second->add("/v1/b", {Method::kGet, Method::kHead});
    second->add("/a", {Method::kDelete});
    second->add("/v1/body", {Method::kPost}, Access::kToken, Scope::kWrite, Work::kUpload);
    second->add("/v1/write", {Method::kPost}, Access::kToken, Scope::kWrite);
    second->add("/v1/facts", {Method::kGet}, Access::kOptional, Scope::kAdmin);
    second->add("/v1/{id}", {Method::kGet});
    second->add("/v1/{id}/part/{part}", {Method::kGet});
    Protocols protocols;
    protocols.push_back(std::move(first));
    protocols.push_back(std::move(second));
    router_ = std::make_unique<Router>(options_, std::move(protocols), nullptr);
  }
  // A token of that text and name.
  void name_token(const std::string& name, const char* scopes, std::optional<std::int64_t> expires_at = {}) {
    options_.named_tokens.push_back(
        {sha256_hex(name), std::make_shared<const Principal>(Principal{
                               .name = name, .scopes = *parse_scopes(scopes), .expires_at = expires_at})});
  }
  Response ask(Method method, const std::string& path,
               const std::vector<std::pair<std::string, std::string>>& more = {}) {
    RequestHead head;
    head.method = method;
    head.path = path;
    head.headers.add("host", "h");
    head.headers.add("authorization", "Bearer tok");
    for (auto& [name, value] : more) head.headers.set(name, value);
    return std::get<Response>(router_->admit(head));
  }
  HttpOptions options_;
  std::unique_ptr<Router> router_;
};

TEST_F(RouterTest, UnknownPathsAreRefusedByTheProtocolOfTheirPrefix) {
  EXPECT_EQ(ask(Method::kGet, "/v1/nope/nope").body, "second 404: Not Found");
  EXPECT_EQ(ask(Method::kGet, "/v1").body, "first 404: Not Found");
  EXPECT_EQ(ask(Method::kGet, "/nope").body, "first 404: Not Found");
}

TEST_F(RouterTest, RefusalsHaveTheShapeOfTheRoutesProtocol) {
  EXPECT_EQ(ask(Method::kGet, "/v1/b", {{"authorization", ""}}).body, "second 401: Not authenticated");
  EXPECT_EQ(ask(Method::kPost, "/a", {{"authorization", "Bearer x"}}).body,
            "first 401: Invalid or missing token");
  EXPECT_EQ(ask(Method::kDelete, "/a", {{"authorization", "Basic x"}}).body,
            "second 401: Invalid authentication credentials");
  const Response early = ask(Method::kGet, "/v1/b", {{"early", ""}});
  EXPECT_EQ(early.body, "second 503: too early");
  EXPECT_EQ(early.headers.get("Retry-After"), "3");
  EXPECT_EQ(ask(Method::kGet, "/v1/b", {{"throw", ""}}).body, "second 500: Internal Service Error");
}

TEST_F(RouterTest, RoutesNeedTheScopeOfTheirMeaning) {
  const auto status = [&](Method method, const char* path, const std::string& token) {
    return ask(method, path, {{"authorization", "Bearer " + token}}).status;
  };
  EXPECT_EQ(status(Method::kPost, "/a", "reader"), 200) << "a read may be a POST";
  EXPECT_EQ(status(Method::kPost, "/a", "writer"), 403);
  EXPECT_EQ(status(Method::kPost, "/v1/write", "writer"), 200);
  EXPECT_EQ(status(Method::kPost, "/v1/write", "reader"), 403);
  EXPECT_EQ(status(Method::kPost, "/v1/write", "tok"), 200);
  EXPECT_EQ(status(Method::kGet, "/v1/facts", "reader"), 200) << "the handler looks at the principal";
  EXPECT_EQ(ask(Method::kPost, "/v1/write", {{"authorization", "Bearer reader"}}).body,
            "second 403: This token lacks the scope write: use one that has it");
}

TEST_F(RouterTest, ExpiredTokensAreUnknown) {
  EXPECT_EQ(ask(Method::kGet, "/v1/b", {{"authorization", "Bearer old"}}).body,
            "second 401: Invalid or missing token");
}

TEST_F(RouterTest, TokenThatSendsTooMuchIsToldWhenToTryAgain) {
  const auto ask_once = [&] { return ask(Method::kGet, "/v1/b", {{"authorization", "Bearer limited"}}); };
  EXPECT_EQ(ask_once().status, 200);
  EXPECT_EQ(ask_once().status, 200);
  const Response refused = ask_once();
  EXPECT_EQ(refused.status, 429);
  EXPECT_EQ(refused.headers.get("retry-after"), "30");
  EXPECT_EQ(refused.body, "second 429: This token may send 2/m requests, try again in 30 s");
  EXPECT_EQ(ask(Method::kGet, "/v1/b").status, 200) << "others go on";
}

TEST_F(RouterTest, BodyOfATokenHasItsBound) {
  const auto most = [&](const char* authorization) {
    RequestHead head;
    head.method = Method::kPost;
    head.path = "/v1/body";
    head.headers.add("authorization", authorization);
    return std::get<Router::Plan>(router_->admit(head)).max_body;
  };
  EXPECT_EQ(most("Bearer limited"), 10u);
  EXPECT_EQ(most("Bearer writer"), options_.max_upload_bytes);
}

TEST_F(RouterTest, RequestsHaveAnId) {
  const auto id = [&](const std::string& given) {
    RequestHead head;
    head.method = Method::kGet;
    head.path = "/v1/b";
    if (!given.empty()) head.headers.add("x-request-id", given);
    (void)router_->admit(head);
    Response response = Response::text("");
    router_->finish(head, response);
    EXPECT_EQ(response.headers.get("x-request-id"), head.request_id);
    return head.request_id;
  };
  EXPECT_EQ(id("client-1.2"), "client-1.2");
  EXPECT_NE(id(""), id(""));
  for (const std::string& bad : {std::string("a b"), std::string("a\r\nevil: 1"), std::string(129, 'a')})
    EXPECT_NE(id(bad), bad);
}

TEST_F(RouterTest, PrincipalIsTheHolderOfTheToken) {
  const auto principal = [&](const char* path, const char* authorization) {
    RequestHead head;
    head.method = Method::kGet;
    head.path = path;
    head.headers.add("host", "localhost");
    head.headers.add("authorization", authorization);
    (void)router_->admit(head);
    EXPECT_EQ(head.trusted, head.principal != nullptr);
    return head.principal ? head.principal->name : "none";
  };
  EXPECT_EQ(principal("/v1/b", "Bearer reader"), "reader");
  EXPECT_EQ(principal("/v1/b", "Bearer tok"), "admin");
  EXPECT_EQ(principal("/v1/b", "Bearer nope"), "none");
  EXPECT_EQ(principal("/v1/facts", "Bearer nope"), "none");
  router_->set_tokens({"tok"}, {});
  EXPECT_EQ(principal("/v1/b", "Bearer reader"), "none") << "revoked";
}

TEST_F(RouterTest, ProtocolsMaySharePathsByMethod) {
  EXPECT_EQ(ask(Method::kPost, "/a").body, "first /a");
  EXPECT_EQ(ask(Method::kDelete, "/a").body, "second /a");
  const Response wrong = ask(Method::kPut, "/a");
  EXPECT_EQ(wrong.body, "first 405: Method Not Allowed");
  EXPECT_EQ(wrong.headers.get("allow"), "POST, DELETE");
}

TEST_F(RouterTest, PathsMayHaveParameters) {
  EXPECT_EQ(ask(Method::kGet, "/v1/17").body, "second /v1/17 id=17");
  EXPECT_EQ(ask(Method::kGet, "/v1/a b/part/\r\nx").body, "second /v1/a b/part/\r\nx id=a b part=\r\nx");
  EXPECT_EQ(ask(Method::kGet, "/v1/b").body, "second /v1/b") << "a path without parameters comes first";
  EXPECT_EQ(ask(Method::kDelete, "/v1/b").status, 405);
  EXPECT_EQ(ask(Method::kDelete, "/v1/17").headers.get("allow"), "GET");
  for (const char* path : {"/v1/", "/v1/17/", "/v1/17/part", "/v1/17/part/", "/v1//part/1", "/v1/1/part/2/3"})
    EXPECT_EQ(ask(Method::kGet, path).status, 404) << path;
}

// A redirect would carry what the client sent.
TEST_F(RouterTest, SlashAfterAParameterIsNotRedirected) {
  EXPECT_EQ(ask(Method::kPost, "/a/").status, 307);
  EXPECT_EQ(ask(Method::kGet, "/v1/x\r\nevil: 1/").status, 404);
}

TEST_F(RouterTest, MetricsNameTheRouteAndNotItsParameters) {
  RequestHead head;
  head.path = "/v1/secret";
  router_->record(head, {.status = 200});
  MetricsText text;
  router_->metrics().write(text);
  const std::string written = text.take();
  EXPECT_NE(written.find("route=\"/v1/{id}\""), std::string::npos);
  EXPECT_EQ(written.find("secret"), std::string::npos);
}

TEST(CollapseSlashes, KeepsSingleOnes) {
  EXPECT_EQ(collapse_slashes("//a///b//"), "/a/b/");
  EXPECT_EQ(collapse_slashes("/a/b"), "/a/b");
  EXPECT_EQ(collapse_slashes(""), "");
}

TEST(MatchPath, AnEscapedSlashDividesNothing) {
  const auto one = match_path("/a/{id}/b", "/a/x%2Fy/b");
  ASSERT_TRUE(one);
  EXPECT_EQ(*one, (PathParameters{{"id", "x/y"}}));
  EXPECT_FALSE(match_path("/a/{id}/b", "/a/x/y/b"));
  EXPECT_TRUE(match_path("/a/b", "/%61/b"));
}

TEST(MatchPath, TheLastParameterMayStandForTheRest) {
  for (const char* path : {"/m/x/y", "/m/x%2Fy"}) {
    const auto match = match_path("/m/{id...}", path);
    ASSERT_TRUE(match) << path;
    EXPECT_EQ(*match, (PathParameters{{"id", "x/y"}}));
  }
  EXPECT_FALSE(match_path("/m/{id...}", "/m"));
  EXPECT_FALSE(match_path("/m/{id...}", "/m/"));
}

}  // namespace
}  // namespace rappel
