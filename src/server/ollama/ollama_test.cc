// Ollama's routes over sockets, with made-up models; the requests are those that recorded clients send.
#include "embed/test_token_embedder.h"
#include "ingest/chunk/test_chunks.h"
#include "server/test_openapi_routes.h"
#include "server/test_server.h"

namespace rappel {
namespace {

class OllamaTest : public ServerTest {
 protected:
  void SetUp() override {
    core_.embedder().vectors["half"] = {0.5F, -0.25F};
    core_.embedder().vectors["one"] = {1, 0};
  }
  std::string post(const std::string& path, const std::string& body) {
    return once(request("POST", path, body));
  }
  std::string get(const std::string& path) { return once(request("GET", path, "")); }
  TokenTestEmbedder local_{core_.embedder(), std::make_shared<WordTokenizer>()};
};

TEST(OllamaOpenApi, DescribesTheRoutes) { expect_described_routes("ollama", "ollama-api.json"); }

TEST_F(OllamaTest, EmbedTakesATextOrAList) {
  start();
  const std::string one = post("/api/embed", R"({"model":"bge-m3","input":"half"})");
  EXPECT_TRUE(says(one, "HTTP/1.1 200"));
  EXPECT_TRUE(says(one, R"({"model":"bge-m3","embeddings":[[0.5,-0.25]],"total_duration":)"));
  EXPECT_TRUE(says(one, R"("prompt_eval_count":1})"));
  EXPECT_TRUE(
      says(post("/api/embed", R"({"model":"bge-m3:latest","input":["one","half"],"truncate":true,)"
                              R"("options":{"num_ctx":8192,"use_mmap":true,"stop":null},"keep_alive":"5m"})"),
           R"({"model":"bge-m3:latest","embeddings":[[1,0],[0.5,-0.25]],)"));
  EXPECT_TRUE(says(post("/api/embed/", R"({"input":"one"})"), R"({"model":"test:latest",)"));
}

TEST_F(OllamaTest, NoInputLoadsTheModel) {
  start();
  for (const char* body : {R"({"model":"m","input":""})", R"({"model":"m","input":[]})", R"({"model":"m"})",
                           R"({"model":"m","input":null})"})
    EXPECT_TRUE(says(post("/api/embed", body), R"("embeddings":[],"total_duration":)")) << body;
  EXPECT_EQ(core_.embedder().calls, 0);
}

TEST_F(OllamaTest, WrongInputIsAnErrorText) {
  start();
  for (const char* body : {R"({"input":[1,2]})", R"({"input":{"a":1}})", R"({"input":3})"}) {
    const std::string refused = post("/api/embed", body);
    EXPECT_TRUE(says(refused, "HTTP/1.1 400")) << body;
    EXPECT_TRUE(says(refused, "\r\n\r\n{\"error\":\"invalid input type\"}")) << body;
  }
  EXPECT_TRUE(says(post("/api/embed", R"({"input":"a","dimensions":3})"), "HTTP/1.1 400"));
  EXPECT_TRUE(says(post("/api/embed", R"({"input":"a","dimensions":-1})"), "HTTP/1.1 400"));
  EXPECT_TRUE(says(post("/api/embed", R"({"input":"a","dimensions":0})"), "HTTP/1.1 200"));
}

TEST_F(OllamaTest, LongTextsAreCutOrRefused) {
  core_.embedder().room = 2;
  start();
  EXPECT_TRUE(says(post("/api/embed", R"({"input":"a b c"})"), "x-truncated: 1\r\n"));
  const std::string refused = post("/api/embed", R"({"input":"a b c","truncate":false})");
  EXPECT_TRUE(says(refused, "HTTP/1.1 400"));
  EXPECT_TRUE(says(refused, R"({"error":"the input length exceeds the context length"})"));
}

TEST_F(OllamaTest, OldEmbeddingsHaveOneVector) {
  start();
  EXPECT_TRUE(says(post("/api/embeddings", R"({"model":"m","prompt":"half"})"),
                   "\r\n\r\n{\"embedding\":[0.5,-0.25]}"));
  EXPECT_TRUE(says(post("/api/embeddings", R"({"model":"m","prompt":""})"), "{\"embedding\":[]}"));
  EXPECT_TRUE(
      says(post("/api/embeddings", R"({"model":"m","input":["one","half"]})"), "{\"embedding\":[1,0]}"));
}

TEST_F(OllamaTest, ClientsFindTheModel) {
  start();
  const std::string tags = get("/api/tags");
  EXPECT_TRUE(says(tags, R"({"models":[{"name":"test:latest","model":"test:latest","modified_at":"20)"));
  EXPECT_TRUE(says(tags, R"("context_length":512,"embedding_length":2},"capabilities":["embedding"]}]})"));
  Client client(port());
  client.send(request("HEAD", "/api/tags", ""));
  EXPECT_TRUE(says(client.answer(true), "HTTP/1.1 200"));
  EXPECT_TRUE(says(get("/api/ps"), R"({"models":[{"name":"test:latest",)"));
  EXPECT_TRUE(says(get("/api/version"), R"({"version":"0.)"));
  for (const char* body : {R"({"model":"bge-m3"})", R"({"name":"bge-m3"})"}) {
    const std::string shown = post("/api/show", body);
    EXPECT_TRUE(says(shown, R"("model_info":{"general.architecture":"bert","bert.context_length":512,)"
                            R"("bert.embedding_length":2},"capabilities":["embedding"])"));
  }
}

TEST_F(OllamaTest, TheSizeIsThatOfALocalModel) {
  start();
  EXPECT_TRUE(says(get("/api/tags"), R"("size":0,)"));
  core_.served_embedder = &local_;
  for (const char* path : {"/api/tags", "/api/ps"}) {
    const std::string listed = get(path);
    EXPECT_TRUE(says(listed, R"("size":45000000,)")) << path;
    EXPECT_TRUE(says(listed, R"("parameter_size":"22.50M","quantization_level":"F16")")) << path;
  }
}

TEST_F(OllamaTest, PullKnowsTheModelAlone) {
  start();
  const std::string lines = post("/api/pull", R"({"model":"test:latest"})");
  EXPECT_TRUE(says(lines, "content-type: application/x-ndjson"));
  EXPECT_TRUE(says(lines, "\r\n\r\n{\"status\":\"success\"}\n"));
  EXPECT_TRUE(says(post("/api/pull", R"({"name":"test","stream":false})"), "content-type: application/json"));
  const std::string refused = post("/api/pull", R"({"model":"llama3"})");
  EXPECT_TRUE(says(refused, "HTTP/1.1 404"));
  EXPECT_TRUE(says(refused, R"({"error":")"));
}

TEST_F(OllamaTest, StrictNamesAreNotFound) {
  options_.strict_models = true;
  start();
  for (const char* path : {"/api/embed", "/api/embeddings", "/api/show"}) {
    const std::string refused = post(path, R"({"model":"x","input":"a"})");
    EXPECT_TRUE(says(refused, "HTTP/1.1 404")) << path;
    EXPECT_TRUE(says(refused, R"({"error":"model 'x' not found"})")) << path;
  }
  EXPECT_TRUE(says(post("/api/embed", R"({"model":"test:latest","input":"one"})"), "HTTP/1.1 200"));
}

TEST_F(OllamaTest, ErrorsAreTexts) {
  start();
  const std::string no_token = once("GET /api/tags HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_TRUE(says(no_token, "HTTP/1.1 401"));
  EXPECT_TRUE(says(no_token, "send the header Authorization: Bearer TOKEN"));
  EXPECT_TRUE(says(post("/api/embed", "{"), R"({"error":"The body is not JSON)"));
  const std::string unknown = post("/api/generate", "{}");
  EXPECT_TRUE(says(unknown, "HTTP/1.1 404"));
  EXPECT_TRUE(says(unknown, R"({"error":")"));
  core_.embedder().failure = Status(Code::kInternal, "no", "secret cause");
  const std::string failed = post("/api/embed", R"({"input":"a"})");
  EXPECT_TRUE(says(failed, "HTTP/1.1 500"));
  EXPECT_FALSE(says(failed, "secret"));
}

TEST_F(OllamaTest, RerankReturnsNoDocuments) {
  start();
  const std::string answer =
      post("/api/rerank", R"({"model":"m","query":"q","documents":["a","b"],"return_documents":true})");
  EXPECT_TRUE(says(answer, R"("results":[{"index":0,"relevance_score":0.5},{"index":1,)"));
  EXPECT_TRUE(
      says(post("/api/rerank", R"({"query":"q","documents":[]})"), "\r\n\r\n{\"error\":\"`documents`"));
}

}  // namespace
}  // namespace rappel
