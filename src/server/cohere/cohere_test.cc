// Cohere's embed routes, and those of Voyage and infinity, over sockets, with made-up models; the requests
// are those that recorded clients send.
#include "server/test_openapi_routes.h"
#include "server/test_server.h"

namespace rappel {
namespace {

class CohereTest : public ServerTest {
 protected:
  void SetUp() override {
    core_.embedder().vectors["half"] = {0.5F, -0.25F};
    core_.embedder().vectors["one"] = {1, 0};
  }
  std::string post(const std::string& path, const std::string& body) {
    return once(request("POST", path, body));
  }
};

TEST(CohereOpenApi, DescribesTheRoutes) {
  expect_described_routes("cohere", "cohere-api.json");
  expect_described_routes("voyage", "voyage-api.json");
  expect_described_routes("infinity", "infinity-api.json");
}

TEST_F(CohereTest, VersionOneHasPlainLists) {
  start();
  const std::string answer =
      post("/v1/embed", R"({"texts":["half","one"],"model":"asked","input_type":"search_document"})");
  EXPECT_TRUE(says(answer, "HTTP/1.1 200"));
  EXPECT_TRUE(says(answer, R"(,"texts":["half","one"],"embeddings":[[0.5,-0.25],[1,0]],)"
                           R"("response_type":"embeddings_floats","meta":{"api_version":{"version":"1"},)"
                           R"("billed_units":{"input_tokens":2}}})"));
  EXPECT_TRUE(says(post("/v1/embed", R"({"texts":["one"],"embedding_types":["float"]})"),
                   R"("embeddings":{"float":[[1,0]]},"response_type":"embeddings_by_type")"));
}

TEST_F(CohereTest, VersionTwoHasListsByType) {
  start();
  EXPECT_TRUE(says(post("/v2/embed", R"({"texts":["half"],"model":"m","input_type":"search_query",)"
                                     R"("embedding_types":["float","base64"]})"),
                   R"("embeddings":{"float":[[0.5,-0.25]],"base64":["AAAAPwAAgL4="]},)"
                   R"("response_type":"embeddings_by_type","meta":{"api_version":{"version":"2"},)"));
  EXPECT_TRUE(says(post("/v2/embed", R"({"inputs":[{"content":[{"type":"text","text":"one"}]}]})"),
                   R"("texts":["one"],"embeddings":{"float":[[1,0]]})"));
  EXPECT_TRUE(
      says(post("/v2/embed", R"({"texts":["half"],"embedding_types":["int8","uint8","binary","ubinary"]})"),
           R"({"int8":[[127,-64]],"uint8":[[255,64]],"binary":[[0]],"ubinary":[[128]]})"));
}

TEST_F(CohereTest, FaultsAre400) {
  start();
  for (const char* body :
       {"{}", R"({"texts":[]})", R"({"texts":[""]})", R"({"texts":[1]})", R"({"texts":"a"})",
        R"({"texts":["a"],"embedding_types":["float16"]})", R"({"texts":["a"],"embedding_types":"float"})",
        R"({"texts":["a"],"truncate":"MIDDLE"})", R"({"texts":["a"],"output_dimension":3})",
        R"({"inputs":[{"content":[{"type":"image_url","image_url":{"url":"data:"}}]}]})"}) {
    const std::string refused = post("/v2/embed", body);
    EXPECT_TRUE(says(refused, "HTTP/1.1 400")) << body;
    EXPECT_TRUE(says(refused, R"("message":")")) << body;
  }
}

TEST_F(CohereTest, LongTextsAreCutOrRefused) {
  core_.embedder().room = 2;
  start();
  EXPECT_TRUE(says(post("/v2/embed", R"({"texts":["a b c","a"],"truncate":"START"})"), "x-truncated: 1\r\n"));
  EXPECT_TRUE(says(post("/v2/embed", R"({"texts":["a b c"],"truncate":"NONE"})"),
                   R"("code":"context_length_exceeded")"));
}

TEST_F(CohereTest, VoyageAndInfinityAnswerBelowTheirPrefix) {
  start();
  EXPECT_TRUE(says(
      post("/voyage/v1/embeddings",
           R"({"input":["half"],"model":"voyage-3","input_type":"query","truncation":true,)"
           R"("output_dtype":null,"output_dimension":null,"encoding_format":"base64"})"),
      R"("embedding":"AAAAPwAAgL4="}],"model":"voyage-3","usage":{"prompt_tokens":1,"total_tokens":1}})"));
  EXPECT_TRUE(says(
      post("/infinity/embeddings", R"({"input":["half"],"model":"default/not-specified","dimensions":0})"),
      R"("embedding":[0.5,-0.25]}],"model":"default/not-specified")"));
  EXPECT_TRUE(says(once(request("GET", "/infinity/models", "")), R"("owned_by":"infinity")"));
}

TEST_F(CohereTest, InfinitysHealthNeedsNoToken) {
  start();
  const std::string answer = once("GET /infinity/health HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_TRUE(says(answer, "HTTP/1.1 200"));
  EXPECT_TRUE(says(answer, "\r\n\r\n{\"unix\":"));
}

TEST_F(CohereTest, InfinitysHealthIs503BeforeTheModelsAreThere) {
  start(false);
  const std::string answer = once("GET /infinity/health HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_TRUE(says(answer, "HTTP/1.1 503"));
  EXPECT_TRUE(says(answer, "retry-after: "));
}

TEST_F(CohereTest, ModelsBelowThePrefixAreThoseOfCohere) {
  start();
  const std::string answer = once(request("GET", "/cohere/v1/models?page_size=1", ""));
  EXPECT_TRUE(says(answer, R"({"models":[{"name":"test","is_deprecated":false,"endpoints":["embed"],)"));
  EXPECT_TRUE(says(answer, R"("endpoints":["rerank"])"));
  EXPECT_TRUE(says(answer, R"("next_page_token":null})"));
  EXPECT_TRUE(says(once("GET /cohere/v1/models HTTP/1.1\r\nHost: h\r\n\r\n"), "HTTP/1.1 401"));
}

}  // namespace
}  // namespace rappel
