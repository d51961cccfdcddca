// Routes, tokens, CORS, redirects and documents of all protocols, without sockets.
#include "server/protocols.h"

#include <gtest/gtest.h>

#include "base/log.h"
#include "codec/json.h"
#include "embed/test_embedder.h"
#include "server/http/router.h"
#include "server/server.h"
#include "store/conformance/test_store.h"

namespace rappel {
namespace {

class EmptyCore : public Core {
 public:
  Result<std::vector<std::string>> upsert(std::vector<DocumentInput>, const CallContext&) override {
    return failure;
  }
  Status ingest(const FoundFiles& found, const IngestSettings& settings, IngestObserver& observer,
                const std::stop_token& stop) override {
    run_ingest(retrieval_, found, settings, observer, stop);
    return {};
  }
  Result<std::vector<QueryOutput>> query(const std::vector<QueryInput>&, const RequestContext&) override {
    if (throws) throw std::runtime_error("secret");
    if (memory_is_short) throw std::bad_alloc();
    return failure;
  }
  Result<std::size_t> remove(const DeleteInput&, std::stop_token) override { return failure; }
  Result<DocumentPage> list(const Filter&, std::size_t, std::size_t, const RequestContext&) override {
    return failure;
  }
  Readiness readiness() const override { return now; }
  Status writable() const override { return unwritable; }
  Status unwritable;
  Readiness now = Readiness::kReady;
  Status failure = Status(Code::kInternal, "secret", "secret");
  bool throws = false, memory_is_short = false;

 private:
  TestStore store_{2};
  TestEmbedder embedder_{2};
  Retrieval retrieval_{store_, embedder_, nullptr, {}, nullptr};
};

RequestHead head(Method method, const std::string& path, const std::string& authorization = "Bearer tok") {
  RequestHead request;
  request.method = method;
  request.path = path;
  request.headers.set("Host", "localhost:8000");
  if (!authorization.empty()) request.headers.set("Authorization", authorization);
  return request;
}

std::string header(const Response& response, const std::string& name) {
  return std::string(response.headers.get(name));
}

class ProtocolsTest : public testing::Test {
 protected:
  ProtocolsTest() { options_.tokens = {"tok", "tok2"}; }
  // A router of all protocols, with the core behind its gate.
  struct Made {
    Made(const ServerOptions& options, Core& core, Logger* logger)
        : gate(logger),
          router(options, make_protocols({options, options.public_url, gate, [](auto&) {}}), logger) {
      gate.open(core);
    }
    CoreGate gate;
    Router router;
  };
  // The response with everything that is added to it; status 0 when a body is wanted.
  Response admit(RequestHead request) {
    Made made(options_, core_, nullptr);
    auto admitted = made.router.admit(request);
    if (std::holds_alternative<Router::Plan>(admitted)) return Response{0, "", "", {}, {}};
    Response response = std::move(std::get<Response>(admitted));
    made.router.finish(request, response);
    return response;
  }
  Response run(const std::string& path, const std::string& body, Method method = Method::kPost,
               const std::string& type = "application/json") {
    Made made(options_, core_, logger_.get());
    RequestHead request = head(method, path);
    if (!type.empty()) request.headers.set("Content-Type", type);
    auto admitted = made.router.admit(request);
    if (auto* response = std::get_if<Response>(&admitted)) return std::move(*response);
    return made.router.run(std::get<Router::Plan>(admitted), {request, body});
  }
  ServerOptions options_;
  EmptyCore core_;
  std::string log_;
  std::unique_ptr<Logger> logger_ = Logger::to_string(&log_);
};

TEST_F(ProtocolsTest, Tokens) {
  const auto with = [&](const std::string& authorization) {
    const Response answer = admit(head(Method::kPost, "/query", authorization));
    return std::to_string(answer.status) + answer.body;
  };
  EXPECT_EQ(with("Bearer tok"), "0");
  EXPECT_EQ(with("Bearer tok2"), "0");
  for (const char* none : {"", "Bearer", "Bearer ", " "})
    EXPECT_EQ(with(none), R"(403{"detail":"Not authenticated"})") << none;
  EXPECT_EQ(with("Basic dG9r"), R"(403{"detail":"Invalid authentication credentials"})");
  for (const char* scheme : {"bearer tok", "BEARER tok", "bEaReR tok2"})
    EXPECT_EQ(with(scheme), "0") << scheme;
  EXPECT_EQ(with("bearer nope"), R"(401{"detail":"Invalid or missing token"})");
  for (const char* wrong : {"Bearer  tok", "Bearer nope", "Bearer tok tok2", "Bearer to"})
    EXPECT_EQ(with(wrong), R"(401{"detail":"Invalid or missing token"})") << wrong;
}

TEST_F(ProtocolsTest, FlowsAreTokensAtAddresses) {
  const auto flow = [&](const std::string& authorization, const std::string& peer) {
    Made made(options_, core_, nullptr);
    RequestHead request = head(Method::kPost, "/query", authorization);
    request.peer = peer;
    EXPECT_TRUE(std::holds_alternative<Router::Plan>(made.router.admit(request)));
    return request.flow();
  };
  EXPECT_EQ(flow("Bearer tok", "192.0.2.1"), flow("bEARER tok", "192.0.2.1"));
  EXPECT_NE(flow("Bearer tok", "192.0.2.1"), flow("Bearer tok2", "192.0.2.1"));
  EXPECT_NE(flow("Bearer tok", "192.0.2.1"), flow("Bearer tok", "192.0.2.2"));
  options_.require_token = false;
  EXPECT_EQ(flow("Bearer one", "127.0.0.1"), flow("Bearer other", "127.0.0.1"))
      << "nobody gets a second share with a token that is not checked";
}

TEST_F(ProtocolsTest, MethodsAndPaths) {
  EXPECT_EQ(admit(head(Method::kDelete, "/delete")).status, 0);
  EXPECT_EQ(admit(head(Method::kPost, "/delete")).status, 0);
  for (const char* path : {"/query", "/sub/query", "/list", "/upsert", "/upsert-file"}) {
    EXPECT_EQ(admit(head(Method::kPost, path)).status, 0) << path;
    const Response refused = admit(head(Method::kGet, path, ""));
    EXPECT_EQ(refused.status, 405) << path;
    EXPECT_EQ(refused.body, R"({"detail":"Method Not Allowed"})");
    EXPECT_EQ(header(refused, "allow"), "POST");
  }
  EXPECT_EQ(admit(head(Method::kPost, "//query")).status, 0) << "repeated slashes count as one";
  EXPECT_EQ(admit(head(Method::kPost, "/sub///query")).status, 0);
  EXPECT_EQ(header(admit(head(Method::kPut, "/delete", "")), "allow"), "DELETE, POST");
  EXPECT_EQ(header(admit(head(Method::kPost, "/docs", "")), "allow"), "GET, HEAD");
  EXPECT_EQ(admit(head(Method::kOptions, "/query", "")).status, 405) << "not a preflight";
  for (const char* path :
       {"/nope", "/query2", "/.well-known/../openapi.json", "/.well-known/", "", "/sub", "//nope"})
    EXPECT_EQ(admit(head(Method::kGet, path)).status, 404) << path;
}

TEST_F(ProtocolsTest, TrailingSlashes) {
  RequestHead request = head(Method::kPost, "/query//", "");
  request.query_string = "?a=b";
  EXPECT_EQ(admit(request).status, 307);
  EXPECT_EQ(header(admit(request), "location"), "http://localhost:8000/query?a=b");
  request.headers.set("Host", "evil\"host");
  EXPECT_EQ(header(admit(request), "location"), "/query?a=b");
  options_.public_url = "https://docs.example.org";
  EXPECT_EQ(header(admit(request), "location"), "https://docs.example.org/query?a=b");
}

TEST_F(ProtocolsTest, ReadinessShowsInHealthReadyAndRefusals) {
  const auto told = [&](Readiness readiness) {
    core_.now = readiness;
    core_.failure = Status(Code::kUnavailable, "secret").with_retry_after(7);
    const Response query = run("/query", R"({"queries": [{"query": "x"}]})");
    EXPECT_EQ(query.status, 503);
    EXPECT_EQ(header(query, "retry-after"), "7");
    EXPECT_EQ(query.body.find("secret"), std::string::npos);
    const Response ready = admit(head(Method::kGet, "/ready", ""));
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

TEST_F(ProtocolsTest, StoreThatCannotBeWrittenIsNoInternalError) {
  const std::string query = R"({"queries": [{"query": "x"}]})";
  const auto told = [&](const char* id) {
    core_.failure = core_.unwritable =
        Status(Code::kUnavailable, "/srv/secret.db has a problem", "secret").with_id(id);
    const Response refused = run("/query", query);
    EXPECT_NE(header(refused, "retry-after"), "") << id;
    EXPECT_EQ(refused.body.find("secret"), std::string::npos) << refused.body;
    const Response ready = admit(head(Method::kGet, "/ready", ""));
    EXPECT_EQ(ready.status, 200) << "queries are answered";
    EXPECT_EQ(ready.body.find(R"({"status":"read-only","writes":false,"detail":)"), 0u) << ready.body;
    RequestHead for_writes = head(Method::kGet, "/ready", "");
    for_writes.query_string = "?for=writes";
    const Response no = admit(for_writes);
    EXPECT_EQ(no.status, refused.status) << id;
    EXPECT_EQ(no.body, refused.body) << id;
    EXPECT_NE(header(no, "retry-after"), "") << id;
    return std::pair(refused.status, refused.body);
  };
  const auto locked = told("store-locked");
  EXPECT_EQ(locked.first, 503);
  EXPECT_NE(locked.second.find("locked by another process: try again"), std::string::npos) << locked.second;
  const auto full = told("disk-full");
  EXPECT_EQ(full.first, 507);
  EXPECT_NE(full.second.find("No space is left"), std::string::npos) << full.second;
  EXPECT_EQ(told("data-folder").first, 503);
  core_.unwritable = {};
  RequestHead for_writes = head(Method::kGet, "/ready", "");
  for_writes.query_string = "?for=writes";
  EXPECT_EQ(admit(for_writes).body, R"({"status":"ready","writes":true})");
}

TEST_F(ProtocolsTest, HealthReportsDegraded) {
  options_.health = [] { return std::vector<HealthFact>{{"device", "cpu"}}; };
  EXPECT_NE(admit(head(Method::kGet, "/health")).body.find("\"device\":\"cpu\""), std::string::npos);
  options_.health = [] { return std::vector<HealthFact>{{"trouble", "embedder: gone"}}; };
  const std::string body = admit(head(Method::kGet, "/health")).body;
  EXPECT_NE(body.find("\"status\":\"degraded\""), std::string::npos) << body;
  EXPECT_NE(body.find("\"trouble\":\"embedder: gone\""), std::string::npos) << body;
}

TEST_F(ProtocolsTest, HealthShowsPrivateFactsToTokenHoldersOnly) {
  options_.health = [] { return std::vector<HealthFact>{{"data_dir", "/srv/data", true}}; };
  const auto shows = [&](RequestHead request) {
    return admit(std::move(request)).body.find("/srv/data") != std::string::npos;
  };
  EXPECT_TRUE(shows(head(Method::kGet, "/health")));
  EXPECT_TRUE(shows(head(Method::kGet, "/health", "bearer tok2")));
  for (const char* other : {"", "Bearer", "Bearer nope", "Basic tok"})
    EXPECT_FALSE(shows(head(Method::kGet, "/health", other))) << other;
}

TEST_F(ProtocolsTest, ClientErrorsAreNotLoggedAsErrors) {
  const auto level_of = [&](const Status& failure) {
    core_.failure = failure;
    for (const auto& [level, name] :
         {std::pair(LogLevel::kError, "error"), std::pair(LogLevel::kWarn, "warning"),
          std::pair(LogLevel::kInfo, "info")}) {
      log_.clear();
      logger_ = Logger::to_string(&log_, level);
      run("/query", R"({"queries":[]})");
      if (!log_.empty()) return std::string(name);
    }
    return std::string("none");
  };
  EXPECT_EQ(level_of(Status(Code::kInvalidArgument, "too long")), "info");
  EXPECT_EQ(level_of(Status(Code::kResourceExhausted, "full")), "warning");
  EXPECT_EQ(level_of(Status(Code::kInternal, "broken")), "error");
  EXPECT_EQ(level_of(Status(Code::kDeadlineExceeded, "late")), "error");
  EXPECT_EQ(level_of(Status(Code::kCancelled, "gone")), "none");
}

TEST_F(ProtocolsTest, NewTokensReplaceTheOldOnes) {
  Made made(options_, core_, nullptr);
  const auto opens = [&](const std::string& token) {
    RequestHead request = head(Method::kPost, "/query", "Bearer " + token);
    return std::holds_alternative<Router::Plan>(made.router.admit(request));
  };
  EXPECT_TRUE(opens("tok"));
  made.router.set_tokens({"tok2", "tok3"}, {});
  EXPECT_FALSE(opens("tok"));
  EXPECT_TRUE(opens("tok2"));
  EXPECT_TRUE(opens("tok3"));
}

TEST_F(ProtocolsTest, CorsForEveryOrigin) {
  RequestHead request = head(Method::kGet, "/health");
  request.headers.set("Origin", "https://a.example");
  EXPECT_EQ(header(admit(request), "access-control-allow-origin"), "*");
  EXPECT_EQ(header(admit(request), "access-control-allow-credentials"), "");
  request.method = Method::kOptions;
  request.headers.set("Access-Control-Request-Method", "POST");
  request.headers.set("Access-Control-Request-Headers", "authorization");
  const Response answer = admit(request);
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.body, "OK");
  EXPECT_EQ(header(answer, "access-control-allow-origin"), "https://a.example");
  EXPECT_EQ(header(answer, "access-control-allow-methods"), "DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT");
  EXPECT_EQ(header(answer, "access-control-allow-headers"), "authorization");
  EXPECT_EQ(header(answer, "access-control-max-age"), "600");
  EXPECT_EQ(header(answer, "access-control-allow-credentials"), "");
}

TEST_F(ProtocolsTest, CorsForNamedOrigins) {
  options_.cors_origins = {"https://A.example"};
  RequestHead request = head(Method::kGet, "/health");
  request.headers.set("Origin", "https://a.example");
  EXPECT_EQ(header(admit(request), "access-control-allow-origin"), "https://a.example");
  EXPECT_EQ(header(admit(request), "access-control-allow-credentials"), "true");
  EXPECT_EQ(header(admit(request), "vary"), "Origin");
  request.headers.set("Origin", "https://b.example");
  EXPECT_EQ(header(admit(request), "access-control-allow-origin"), "");
  request.method = Method::kOptions;
  request.headers.set("Access-Control-Request-Method", "POST");
  EXPECT_EQ(admit(request).status, 400);
}

TEST_F(ProtocolsTest, WithoutTokensForeignOriginsAreRefused) {
  options_.require_token = false;
  options_.cors_origins = {"*", "https://friend.example"};
  RequestHead request = head(Method::kPost, "/delete", "");
  EXPECT_EQ(admit(request).status, 0);
  request.headers.set("Origin", "http://localhost:8000");
  EXPECT_EQ(admit(request).status, 0) << "the server's own pages";
  request.headers.set("Origin", "https://friend.example");
  EXPECT_EQ(admit(request).status, 0);
  for (const char* origin : {"https://evil.example", "null", "http://localhost:9000"}) {
    request.headers.set("Origin", origin);
    EXPECT_EQ(admit(request).status, 403) << origin;
    EXPECT_EQ(header(admit(request), "access-control-allow-origin"), "");
  }
  request.headers.set("Origin", "");
  for (const char* host : {"127.0.0.1:8000", "[::1]:8000", "localhost", "127.1.2.3"}) {
    request.headers.set("Host", host);
    EXPECT_EQ(admit(request).status, 0) << host;
  }
  for (const char* host : {"rebound.example:8000", "127.0.0.1.evil.example", "localhost.evil.example"}) {
    request.headers.set("Host", host);
    EXPECT_EQ(admit(request).status, 403) << host;
  }
}

TEST_F(ProtocolsTest, Failures) {
  const auto answer_to = [&](Status status) {
    core_.failure = std::move(status);
    const Response answer = run("/query", R"({"queries":[]})");
    return std::to_string(answer.status) + answer.body;
  };
  EXPECT_EQ(answer_to(Status(Code::kInternal, "secret")), R"(500{"detail":"Internal Service Error"})");
  EXPECT_EQ(answer_to(Status(Code::kUnavailable, "secret")), R"(500{"detail":"Internal Service Error"})");
  EXPECT_EQ(answer_to(Status(Code::kInvalidArgument, "too long", "secret")), R"(422{"detail":"too long"})");
  const std::string busy = R"(429{"detail":")" + busy_refusal().message + "\"}";
  EXPECT_EQ(answer_to(Status(Code::kResourceExhausted, "secret")), busy);
  EXPECT_EQ(answer_to(Status(Code::kDeadlineExceeded, "secret")),
            R"(503{"detail":")" + given_up_refusal().message + "\"}");
  EXPECT_EQ(log_.find("internal") == std::string::npos, false) << "the log has what the client has not";
  core_.throws = true;
  EXPECT_EQ(answer_to(Status(Code::kInternal, "x")), R"(500{"detail":"Internal Service Error"})");
  EXPECT_EQ(run("/upsert-file", "", Method::kPost, "").status, 422);
  core_.throws = false;
  core_.memory_is_short = true;
  EXPECT_EQ(answer_to(Status(Code::kInternal, "x")), busy) << "some other time there may be some";
}

TEST_F(ProtocolsTest, WarningsOfAnUploadAreLogged) {
  const std::string body =
      std::string("--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.txt\"\r\n\r\nte\0xts",
                  76) +
      "\r\n--b--\r\n";
  run("/upsert-file", body, Method::kPost, "multipart/form-data; boundary=b");
  EXPECT_NE(log_.find("/upsert-file: a.txt: it contains 1 NUL character, so it may not be text"),
            std::string::npos)
      << log_;
}

TEST_F(ProtocolsTest, Bodies) {
  const std::string no_dict =
      R"({"detail":[{"loc":["body"],"msg":"value is not a valid dict","type":"type_error.dict"},)"
      R"({"loc":["header","content-type"],"msg":"the Content-Type of this request is not JSON; )"
      R"(send the body with Content-Type: application/json","type":"value_error.content_type"}]})";
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

TEST_F(ProtocolsTest, Documents) {
  const Response yaml = admit(head(Method::kGet, "/.well-known/openapi.yaml", ""));
  EXPECT_EQ(yaml.status, 200);
  EXPECT_EQ(yaml.content_type, "text/plain; charset=utf-8");
  RequestHead again = head(Method::kGet, "/.well-known/openapi.yaml", "");
  again.headers.set("If-None-Match", "W/\"x\", " + header(yaml, "etag"));
  EXPECT_EQ(admit(again).status, 304);
  EXPECT_EQ(admit(again).body, "");
  EXPECT_EQ(admit(head(Method::kGet, "/.well-known/logo.png", "")).body.substr(1, 3), "PNG");
  for (const char* path : {"/docs", "/redoc", "/sub/docs", "/sub/redoc", "/docs/oauth2-redirect"}) {
    const Response page = admit(head(Method::kGet, path, ""));
    EXPECT_EQ(page.content_type, "text/html; charset=utf-8") << path;
    EXPECT_NE(header(page, "content-security-policy"), "");
    EXPECT_EQ(page.body.find("{{"), std::string::npos);
    EXPECT_EQ(page.body.find("http"), std::string::npos) << "pages load nothing from elsewhere";
  }
  for (const char* path : {"/openapi.json", "/sub/openapi.json", "/.well-known/ai-plugin.json"})
    EXPECT_TRUE(parse_json(admit(head(Method::kGet, path, "")).body).ok()) << path;
}

TEST_F(ProtocolsTest, PublicUrl) {
  options_.public_url = "https://docs.example.org";
  for (const char* path : {"/sub/openapi.json", "/.well-known/ai-plugin.json", "/.well-known/openapi.yaml"}) {
    const std::string body = admit(head(Method::kGet, path, "")).body;
    EXPECT_NE(body.find("https://docs.example.org"), std::string::npos) << path;
    EXPECT_EQ(body.find("your-app-url"), std::string::npos) << path;
  }
}

}  // namespace
}  // namespace rappel
