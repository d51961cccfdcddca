// OpenAI's routes over sockets, with made-up models; the requests are those that recorded clients send.
#include "server/openai/openai.h"

#include <algorithm>
#include <cctype>
#include <set>

#include "codec/json.h"
#include "server/documents/assets.h"
#include "server/test_server.h"

namespace rappel {
namespace {

class OpenAiTest : public ServerTest {
 protected:
  void SetUp() override {
    core_.embedder().vectors["one"] = {1, 0};
    core_.embedder().vectors["half"] = {0.5F, -0.25F};
  }
  std::string post(const std::string& path, const std::string& body, const std::string& more = "") {
    return once(request("POST", path, body, more));
  }
  std::string get(const std::string& path) { return once(request("GET", path, "")); }
  static std::string with_token(const std::string& header) {
    return "GET /v1/models HTTP/1.1\r\nHost: h\r\n" + header + "\r\n\r\n";
  }
};

TEST_F(OpenAiTest, VectorsComeInTheOrderOfTheTexts) {
  start();
  const std::string answer =
      post("/v1/embeddings", R"({"input":["half","one","half"],"model":"asked","encoding_format":"float"})");
  EXPECT_TRUE(says(answer, "HTTP/1.1 200"));
  EXPECT_TRUE(says(answer,
                   R"({"object":"list","data":[{"object":"embedding","index":0,"embedding":[0.5,-0.25]},)"
                   R"({"object":"embedding","index":1,"embedding":[1,0]},)"
                   R"({"object":"embedding","index":2,"embedding":[0.5,-0.25]}],)"
                   R"("model":"asked","usage":{"prompt_tokens":3,"total_tokens":3}})"));
  EXPECT_FALSE(says(answer, "x-truncated"));
}

TEST_F(OpenAiTest, Base64IsOfLittleEndianFloats) {
  start();
  EXPECT_TRUE(says(post("/embeddings", R"({"input":"half","encoding_format":"base64"})"),
                   R"("embedding":"AAAAPwAAgL4="}],"model":"test")"));
}

// As llama-index-embeddings-jinaai 0.7.0 sends it.
TEST_F(OpenAiTest, SignsArePackedInBytes) {
  start();
  const auto signs = [this](const std::string& type) {
    return post("/v1/embeddings",
                R"({"input": ["half"], "model": "jina-embeddings-v3", "encoding_type": ")" + type + "\"}");
  };
  EXPECT_TRUE(says(signs("ubinary"), R"("embedding":[128])"));
  EXPECT_TRUE(says(signs("binary"), R"("embedding":[0])"));
}

TEST_F(OpenAiTest, EveryPathAnswersAlike) {
  start();
  for (const char* path :
       {"/v1/embeddings", "/embeddings", "/v1/embeddings/", "//v1//embeddings", "/openai/v1/embeddings",
        "/jina/v1/embeddings", "/jina/embeddings", "/v1/embeddings?api-version=1"})
    EXPECT_TRUE(says(post(path, R"({"input":"one"})"), R"("model":"test")")) << path;
  EXPECT_TRUE(
      says(post("/openai/deployments/BAAI%2Fm/embeddings?api-version=2024-02-01", R"({"input":"one"})"),
           R"("model":"BAAI/m")"));
}

TEST_F(OpenAiTest, CutTextsAreTold) {
  core_.embedder().room = 2;
  start();
  const std::string body = R"({"input":["a b c","a"])";
  EXPECT_TRUE(says(post("/v1/embeddings", body + "}"), "x-truncated: 1\r\n"));
  const std::string refused = post("/v1/embeddings", body + R"(,"truncate":false})");
  EXPECT_TRUE(says(refused, "HTTP/1.1 400"));
  EXPECT_TRUE(says(refused, R"("code":"context_length_exceeded")"));
}

TEST_F(OpenAiTest, FaultsHaveOneBodyForAllReaders) {
  start();
  const std::string empty = post("/v1/embeddings", R"({"input":""})");
  EXPECT_TRUE(says(empty, "HTTP/1.1 400"));
  EXPECT_TRUE(says(empty, R"("type":"invalid_request_error","param":"input","code":null},"message":)"));
  EXPECT_TRUE(says(empty, R"("detail":)"));
  const std::string malformed = post("/v1/embeddings", "{\"input\": \"secret-word");
  EXPECT_TRUE(says(malformed, "HTTP/1.1 400"));
  EXPECT_FALSE(says(malformed, "secret"));
  const std::string unknown = post("/v1/no/such", "{}");
  EXPECT_TRUE(says(unknown, "HTTP/1.1 404"));
  EXPECT_TRUE(says(unknown, R"("code":"unknown_url")"));
}

TEST_F(OpenAiTest, FailuresAreRefusedInTheSameShape) {
  core_.embedder().failure = Status(Code::kUnavailable, "no", "secret cause");
  start();
  const std::string answer = post("/v1/embeddings", R"({"input":"one"})");
  EXPECT_TRUE(says(answer, "HTTP/1.1 500"));
  EXPECT_TRUE(says(answer, R"("type":"server_error")"));
  EXPECT_FALSE(says(answer, "secret"));
  core_.embedder().failure = Status(Code::kResourceExhausted, "full").with_retry_after(7);
  const std::string busy = post("/v1/embeddings", R"({"input":"one"})");
  EXPECT_TRUE(says(busy, "HTTP/1.1 429"));
  EXPECT_TRUE(says(busy, "retry-after: 7\r\n"));
}

TEST_F(OpenAiTest, TokensComeInThreeHeaders) {
  start();
  for (const char* header :
       {"Authorization: Bearer tok", "api-key: tok", "x-api-key: tok", "Authorization: tok"})
    EXPECT_TRUE(says(once(with_token(header)), "HTTP/1.1 200")) << header;
  for (const char* header : {"Authorization: Bearer no", "api-key: no", "Authorization: no", "X: y"}) {
    const std::string answer = once(with_token(header));
    EXPECT_TRUE(says(answer, "HTTP/1.1 401")) << header;
    EXPECT_TRUE(says(answer, "www-authenticate: Bearer\r\n"));
    EXPECT_TRUE(says(answer, R"("code":"invalid_api_key")"));
  }
}

TEST_F(OpenAiTest, ModelsAreListedTheEmbedderFirst) {
  start();
  const std::string list = get("/v1/models?page_size=1");
  EXPECT_TRUE(says(list, R"({"object":"list","data":[{"id":"test","object":"model","created":)"));
  EXPECT_TRUE(says(list, R"("owned_by":"rappel","model_type":"embedding")"));
  EXPECT_TRUE(says(list, R"({"id":"test reranker")"));
  EXPECT_TRUE(says(get("/models"), R"("owned_by":"infinity")"));
}

TEST_F(OpenAiTest, OneModelByItsNameOrAnAlias) {
  start();
  for (const char* path : {"/v1/models/test", "/models/test%3Alatest", "/openai/v1/models/test/"})
    EXPECT_TRUE(says(get(path), R"({"id":"test","object":"model")")) << path;
  for (const char* path :
       {"/v1/models/BAAI%2Fbge-m3", "/v1/models/BAAI/bge-m3", "/v1/models/no-such-model"}) {
    const std::string answer = get(path);
    EXPECT_TRUE(says(answer, "HTTP/1.1 404")) << path;
    EXPECT_TRUE(says(answer, R"("code":"model_not_found")")) << path;
  }
}

TEST_F(OpenAiTest, StrictServersRefuseOtherNames) {
  options_.strict_models = true;
  start();
  EXPECT_TRUE(says(post("/v1/embeddings", R"({"input":"one","model":"test:latest"})"), "HTTP/1.1 200"));
  const std::string answer = post("/v1/embeddings", R"({"input":"one","model":"text-embedding-3-small"})");
  EXPECT_TRUE(says(answer, "HTTP/1.1 404"));
  EXPECT_TRUE(says(answer, R"("param":"model","code":"model_not_found")"));
}

TEST_F(OpenAiTest, ClusterAuthTellsWhetherATokenIsNeeded) {
  start();
  EXPECT_TRUE(says(once("GET /v1/cluster/auth HTTP/1.1\r\nHost: h\r\n\r\n"), R"({"auth":true})"));
  EXPECT_TRUE(says(get("/v1/cluster/auth"), R"({"auth":true})"));
}

TEST_F(OpenAiTest, WithoutTokensClusterAuthSaysSo) {
  options_.tokens.clear();
  options_.require_token = false;
  start();
  EXPECT_TRUE(says(once("GET /v1/cluster/auth HTTP/1.1\r\nHost: localhost\r\n\r\n"), R"({"auth":false})"));
}

TEST_F(OpenAiTest, ManyVectorsComeInPieces) {
  start();
  std::string body = R"({"input":["one")";
  for (int i = 1; i < 2048; ++i) body += R"(,"one")";
  Client client(port());
  client.send(request("POST", "/v1/embeddings", body + "]}", "Connection: close\r\n"));
  const std::string answer = client.rest();
  EXPECT_TRUE(says(answer, "chunked"));
  EXPECT_TRUE(says(answer, R"("index":2047)"));
  EXPECT_TRUE(says(answer, R"("total_tokens":2048)"));
}

TEST(OpenAiDocument, HasTheRoutesAndNoOthers) {
  const CoreGate gate(nullptr);
  const ProtocolOptions options;
  const std::string public_url;
  const auto protocol = openai_protocol({options, public_url, gate, {}});
  std::set<std::string> routes, described;
  for (const Route& route : protocol->routes())
    for (const Method method : route.methods)
      if (method != Method::kHead)
        routes.insert(std::string(method_name(method)) + " " + std::string(route.path));
  const auto document = parse_json(asset("openai-api.json"));
  ASSERT_TRUE(document.ok());
  for (const auto& [path, methods] : (*document)["paths"].items())
    for (const auto& [name, operation] : methods.items()) {
      std::string method = name;
      for (char& c : method) c = static_cast<char>(std::toupper(c));
      std::string pattern = path;
      if (pattern.ends_with("{id}")) pattern.replace(pattern.size() - 1, 1, "...}");
      described.insert(method + " " + pattern);
    }
  EXPECT_EQ(described, routes);
}

}  // namespace
}  // namespace rappel
