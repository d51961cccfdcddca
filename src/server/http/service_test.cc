// Routes, tokens, CORS, redirects and documents, without sockets.
#include "server/http/service.h"

#include <gtest/gtest.h>

#include "base/log.h"
#include "codec/json.h"

namespace rappel {
namespace {

class EmptyCore : public Core {
 public:
  Result<std::vector<std::string>> upsert(std::vector<DocumentInput>, std::stop_token) override {
    return failure;
  }
  Result<std::vector<QueryOutput>> query(const std::vector<QueryInput>&, std::stop_token) override {
    if (throws) throw std::runtime_error("secret");
    if (memory_is_short) throw std::bad_alloc();
    return failure;
  }
  Result<std::size_t> remove(const DeleteInput&) override { return failure; }
  Result<DocumentPage> list(const Filter&, std::size_t, std::size_t) override { return failure; }
  Readiness readiness() const override { return now; }
  Readiness now = Readiness::kReady;
  Status failure = Status(Code::kInternal, "secret", "secret");
  bool throws = false, memory_is_short = false;
};

RequestHead head(Method method, const std::string& path, const std::string& authorization = "Bearer tok") {
  RequestHead request;
  request.method = method;
  request.path = path;
  request.host = "localhost:8000";
  request.authorization = authorization;
  return request;
}

std::string header(const Answer& answer, const std::string& name) {
  for (const auto& [field, value] : answer.headers)
    if (field == name) return value;
  return "";
}

class ServiceTest : public testing::Test {
 protected:
  ServiceTest() { options_.tokens = {"tok", "tok2"}; }
  // The answer with everything that is added to it; status 0 when a body is wanted.
  Answer admit(const RequestHead& request) {
    Service service(options_, nullptr);
    service.set_core(&core_);
    auto admitted = service.admit(request);
    if (std::holds_alternative<Service::Plan>(admitted)) return Answer{0, "", "", {}};
    Answer answer = std::move(std::get<Answer>(admitted));
    service.finish(request, answer);
    return answer;
  }
  Answer run(const std::string& path, const std::string& body, Method method = Method::kPost,
             const std::string& type = "application/json") {
    Service service(options_, logger_.get());
    service.set_core(&core_);
    RequestHead request = head(method, path);
    request.content_type = type;
    auto admitted = service.admit(request);
    if (auto* answer = std::get_if<Answer>(&admitted)) return std::move(*answer);
    return service.run(std::get<Service::Plan>(admitted), {request, body});
  }
  ServerOptions options_;
  EmptyCore core_;
  std::string log_;
  std::unique_ptr<Logger> logger_ = Logger::to_string(&log_);
};

TEST_F(ServiceTest, Tokens) {
  const auto with = [&](const std::string& authorization) {
    const Answer answer = admit(head(Method::kPost, "/query", authorization));
    return std::to_string(answer.status) + answer.body;
  };
  EXPECT_EQ(with("Bearer tok"), "0");
  EXPECT_EQ(with("Bearer tok2"), "0");
  for (const char* none : {"", "Bearer", "Bearer ", " "})
    EXPECT_EQ(with(none), R"(403{"detail":"Not authenticated"})") << none;
  EXPECT_EQ(with("Basic dG9r"), R"(403{"detail":"Invalid authentication credentials"})");
  for (const char* scheme : {"bearer tok", "BEARER tok"})
    EXPECT_EQ(with(scheme), R"(401{"detail":"Invalid authentication scheme"})");
  for (const char* wrong : {"Bearer  tok", "Bearer nope", "Bearer tok tok2", "Bearer to"})
    EXPECT_EQ(with(wrong), R"(401{"detail":"Invalid or missing token"})") << wrong;
}

TEST_F(ServiceTest, MethodsAndPaths) {
  EXPECT_EQ(admit(head(Method::kDelete, "/delete")).status, 0);
  EXPECT_EQ(admit(head(Method::kPost, "/delete")).status, 0);
  for (const char* path : {"/query", "/sub/query", "/list", "/upsert", "/upsert-file"}) {
    EXPECT_EQ(admit(head(Method::kPost, path)).status, 0) << path;
    const Answer refused = admit(head(Method::kGet, path, ""));
    EXPECT_EQ(refused.status, 405) << path;
    EXPECT_EQ(refused.body, R"({"detail":"Method Not Allowed"})");
    EXPECT_EQ(header(refused, "allow"), "POST");
  }
  EXPECT_EQ(header(admit(head(Method::kPut, "/delete", "")), "allow"), "DELETE, POST");
  EXPECT_EQ(header(admit(head(Method::kPost, "/docs", "")), "allow"), "GET, HEAD");
  EXPECT_EQ(admit(head(Method::kOptions, "/query", "")).status, 405) << "not a preflight";
  for (const char* path :
       {"/", "/nope", "/query2", "/.well-known/../openapi.json", "/.well-known/", "", "/sub", "//query"})
    EXPECT_EQ(admit(head(Method::kGet, path)).status, 404) << path;
}

TEST_F(ServiceTest, TrailingSlashes) {
  RequestHead request = head(Method::kPost, "/query//", "");
  request.query_string = "?a=b";
  EXPECT_EQ(admit(request).status, 307);
  EXPECT_EQ(header(admit(request), "location"), "http://localhost:8000/query?a=b");
  request.host = "evil\"host";
  EXPECT_EQ(header(admit(request), "location"), "/query?a=b");
  options_.public_url = "https://docs.example.org";
  EXPECT_EQ(header(admit(request), "location"), "https://docs.example.org/query?a=b");
}

TEST_F(ServiceTest, ACoreThatIsNotReadyIsNotSaidToBe) {
  const auto told = [&](Readiness readiness) {
    core_.now = readiness;
    core_.failure = Status(Code::kUnavailable, "secret").with_retry_after(7);
    const Answer query = run("/query", R"({"queries": [{"query": "x"}]})");
    EXPECT_EQ(query.status, 503);
    EXPECT_EQ(header(query, "retry-after"), "7");
    EXPECT_EQ(query.body.find("secret"), std::string::npos);
    const Answer ready = admit(head(Method::kGet, "/ready", ""));
    EXPECT_EQ(ready.status, readiness == Readiness::kReady ? 200 : 503);
    EXPECT_EQ(header(ready, "retry-after").empty(), readiness == Readiness::kReady);
    const auto health = parse_json(admit(head(Method::kGet, "/health", "")).body);
    return (*health)["status"].get<std::string>();
  };
  EXPECT_EQ(told(Readiness::kReady), "ok");
  EXPECT_EQ(told(Readiness::kIdle), "idle");
  EXPECT_EQ(told(Readiness::kLoading), "loading");
  EXPECT_EQ(told(Readiness::kFailed), "failed");
}

TEST_F(ServiceTest, HealthSaysWhenItIsDegraded) {
  options_.health = [] { return std::vector<std::pair<std::string, std::string>>{{"device", "cpu"}}; };
  EXPECT_NE(admit(head(Method::kGet, "/health")).body.find("\"device\":\"cpu\""), std::string::npos);
  options_.health = [] {
    return std::vector<std::pair<std::string, std::string>>{{"trouble", "embedder: gone"}};
  };
  const std::string body = admit(head(Method::kGet, "/health")).body;
  EXPECT_NE(body.find("\"status\":\"degraded\""), std::string::npos) << body;
  EXPECT_NE(body.find("\"trouble\":\"embedder: gone\""), std::string::npos) << body;
}

TEST_F(ServiceTest, CorsForEveryOrigin) {
  RequestHead request = head(Method::kGet, "/health");
  request.origin = "https://a.example";
  EXPECT_EQ(header(admit(request), "access-control-allow-origin"), "*");
  EXPECT_EQ(header(admit(request), "access-control-allow-credentials"), "");
  request.method = Method::kOptions;
  request.requested_method = "POST";
  request.requested_headers = "authorization";
  const Answer answer = admit(request);
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.body, "OK");
  EXPECT_EQ(header(answer, "access-control-allow-origin"), "https://a.example");
  EXPECT_EQ(header(answer, "access-control-allow-methods"), "DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT");
  EXPECT_EQ(header(answer, "access-control-allow-headers"), "authorization");
  EXPECT_EQ(header(answer, "access-control-max-age"), "600");
  EXPECT_EQ(header(answer, "access-control-allow-credentials"), "");
}

TEST_F(ServiceTest, CorsForNamedOrigins) {
  options_.cors_origins = {"https://A.example"};
  RequestHead request = head(Method::kGet, "/health");
  request.origin = "https://a.example";
  EXPECT_EQ(header(admit(request), "access-control-allow-origin"), "https://a.example");
  EXPECT_EQ(header(admit(request), "access-control-allow-credentials"), "true");
  EXPECT_EQ(header(admit(request), "vary"), "Origin");
  request.origin = "https://b.example";
  EXPECT_EQ(header(admit(request), "access-control-allow-origin"), "");
  request.method = Method::kOptions;
  request.requested_method = "POST";
  EXPECT_EQ(admit(request).status, 400);
}

TEST_F(ServiceTest, WithoutTokensPagesOfOthersAreKeptOut) {
  options_.require_token = false;
  options_.cors_origins = {"*", "https://friend.example"};
  RequestHead request = head(Method::kPost, "/delete", "");
  EXPECT_EQ(admit(request).status, 0);
  request.origin = "http://localhost:8000";
  EXPECT_EQ(admit(request).status, 0) << "the server's own pages";
  request.origin = "https://friend.example";
  EXPECT_EQ(admit(request).status, 0);
  for (const char* origin : {"https://evil.example", "null", "http://localhost:9000"}) {
    request.origin = origin;
    EXPECT_EQ(admit(request).status, 403) << origin;
    EXPECT_EQ(header(admit(request), "access-control-allow-origin"), "");
  }
  request.origin.clear();
  for (const char* host : {"127.0.0.1:8000", "[::1]:8000", "localhost", "127.1.2.3"}) {
    request.host = host;
    EXPECT_EQ(admit(request).status, 0) << host;
  }
  for (const char* host : {"rebound.example:8000", "127.0.0.1.evil.example", "localhost.evil.example"}) {
    request.host = host;
    EXPECT_EQ(admit(request).status, 403) << host;
  }
}

TEST_F(ServiceTest, Failures) {
  const auto answer_to = [&](Status status) {
    core_.failure = std::move(status);
    const Answer answer = run("/query", R"({"queries":[]})");
    return std::to_string(answer.status) + answer.body;
  };
  EXPECT_EQ(answer_to(Status(Code::kInternal, "secret")), R"(500{"detail":"Internal Service Error"})");
  EXPECT_EQ(answer_to(Status(Code::kUnavailable, "secret")), R"(500{"detail":"Internal Service Error"})");
  EXPECT_EQ(answer_to(Status(Code::kInvalidArgument, "too long", "secret")), R"(422{"detail":"too long"})");
  EXPECT_EQ(answer_to(Status(Code::kResourceExhausted, "secret")).substr(0, 3), "429");
  EXPECT_EQ(answer_to(Status(Code::kDeadlineExceeded, "secret")).substr(0, 3), "503");
  EXPECT_EQ(log_.find("internal") == std::string::npos, false) << "the log has what the client has not";
  core_.throws = true;
  EXPECT_EQ(answer_to(Status(Code::kInternal, "x")), R"(500{"detail":"Internal Service Error"})");
  EXPECT_EQ(run("/upsert-file", "", Method::kPost, "").status, 422);
  core_.throws = false;
  core_.memory_is_short = true;
  EXPECT_EQ(answer_to(Status(Code::kInternal, "x")).substr(0, 3), "429")
      << "some other time there may be some";
}

TEST_F(ServiceTest, Bodies) {
  const std::string no_dict =
      R"({"detail":[{"loc":["body"],"msg":"value is not a valid dict","type":"type_error.dict"}]})";
  const std::string missing =
      R"({"detail":[{"loc":["body"],"msg":"field required","type":"value_error.missing"}]})";
  EXPECT_EQ(run("/query", R"({"queries":[]})", Method::kPost, "text/plain").body, no_dict);
  EXPECT_EQ(run("/query", R"({"queries":[]})", Method::kPost, "application/x-www-form-urlencoded").body,
            no_dict);
  EXPECT_EQ(run("/query", "{}", Method::kPost, "").body.find("queries") != std::string::npos, true);
  EXPECT_EQ(run("/query", "{}", Method::kPost, "Application/VND.x+JSON; a=b").body.find("queries") !=
                std::string::npos,
            true);
  EXPECT_EQ(run("/query", "").body, missing);
  EXPECT_EQ(run("/query", "null").body, missing);
  EXPECT_EQ(run("/query", "\xFF\xFE").status, 400);
  EXPECT_EQ(run("/query", std::string(1000, '[')).body,
            R"({"detail":"There was an error parsing the body"})");
  EXPECT_EQ(run("/delete", R"({"filter":{}})").body,
            R"({"detail":"One of ids, filter, or delete_all is required"})");
  EXPECT_EQ(run("/delete", R"({"filter":{}})").status, 400);
}

TEST_F(ServiceTest, Documents) {
  const Answer yaml = admit(head(Method::kGet, "/.well-known/openapi.yaml", ""));
  EXPECT_EQ(yaml.status, 200);
  EXPECT_EQ(yaml.content_type, "text/plain; charset=utf-8");
  RequestHead again = head(Method::kGet, "/.well-known/openapi.yaml", "");
  again.if_none_match = "W/\"x\", " + header(yaml, "etag");
  EXPECT_EQ(admit(again).status, 304);
  EXPECT_EQ(admit(again).body, "");
  EXPECT_EQ(admit(head(Method::kGet, "/.well-known/logo.png", "")).body.substr(1, 3), "PNG");
  for (const char* path : {"/docs", "/redoc", "/sub/docs", "/sub/redoc", "/docs/oauth2-redirect"}) {
    const Answer page = admit(head(Method::kGet, path, ""));
    EXPECT_EQ(page.content_type, "text/html; charset=utf-8") << path;
    EXPECT_NE(header(page, "content-security-policy"), "");
    EXPECT_EQ(page.body.find("{{"), std::string::npos);
    EXPECT_EQ(page.body.find("http"), std::string::npos) << "pages load nothing from elsewhere";
  }
  for (const char* path : {"/openapi.json", "/sub/openapi.json", "/.well-known/ai-plugin.json"})
    EXPECT_TRUE(parse_json(admit(head(Method::kGet, path, "")).body).ok()) << path;
}

TEST_F(ServiceTest, PublicUrl) {
  options_.public_url = "https://docs.example.org";
  for (const char* path : {"/sub/openapi.json", "/.well-known/ai-plugin.json", "/.well-known/openapi.yaml"}) {
    const std::string body = admit(head(Method::kGet, path, "")).body;
    EXPECT_NE(body.find("https://docs.example.org"), std::string::npos) << path;
    EXPECT_EQ(body.find("your-app-url"), std::string::npos) << path;
  }
}

}  // namespace
}  // namespace rappel
