// Dify's external knowledge over sockets, with a fake core.
#include "server/test_openapi_routes.h"
#include "server/test_server.h"

namespace rappel {
namespace {

class DifyTest : public ServerTest {
 protected:
  std::string retrieve(const std::string& body) { return once(request("POST", "/retrieval", body)); }
  static std::string with_header(const std::string& header) {
    return "POST /retrieval HTTP/1.1\r\nHost: h\r\n" + header + "Content-Length: 2\r\n\r\n{}";
  }
};

constexpr const char* kBody =
    R"({"knowledge_id":"default","query":"q","retrieval_setting":{"top_k":2,"score_threshold":0.5}})";

ScoredChunk result_of(Metadata metadata) {
  ScoredChunk result;
  result.chunk.id = "d_0";
  result.chunk.document_id = "d";
  result.chunk.text = "text";
  result.chunk.end = 4;
  result.chunk.metadata = std::make_shared<const Metadata>(std::move(metadata));
  result.score = 0.5;
  return result;
}

TEST(DifyOpenApi, DescribesTheRoutes) { expect_described_routes("dify", "dify-api.json"); }

TEST_F(DifyTest, RecordsHaveContentScoreTitleAndMetadata) {
  Metadata titled;
  titled.custom["title"] = std::string("A title");
  Metadata named = titled;
  named.filename = "a.pdf";
  core_.answer_with({result_of({}), result_of(titled), result_of(named)});
  start();
  const std::string answer = retrieve(kBody);
  EXPECT_TRUE(says(answer, "HTTP/1.1 200"));
  EXPECT_TRUE(
      says(answer, R"({"records":[{"content":"text","score":0.5,"title":"d","metadata":{"source":null,)"));
  EXPECT_TRUE(says(answer, R"("document_id":"d")"));
  EXPECT_TRUE(says(answer, R"("title":"A title","metadata":{)"));
  EXPECT_TRUE(says(answer, R"("title":"a.pdf","metadata":{)"));
}

TEST_F(DifyTest, NoMatchIsAnEmptyList) {
  start();
  EXPECT_TRUE(says(retrieve(kBody), "\r\n\r\n{\"records\":[]}"));
  EXPECT_TRUE(says(retrieve(R"({"knowledge_id":"default","query":"q","metadata_condition":null})"),
                   R"({"records":[]})"));
}

TEST_F(DifyTest, ErrorsHaveTheCodesOfTheContract) {
  start();
  const std::string unknown = retrieve(R"({"knowledge_id":"other","query":"q"})");
  EXPECT_TRUE(says(unknown, "HTTP/1.1 404"));
  EXPECT_TRUE(says(unknown, R"({"error_code":2001,"error_msg":")"));
  for (const char* header : {"", "Authorization: Basic dG9r\r\n"}) {
    const std::string refused = once(with_header(header));
    EXPECT_TRUE(says(refused, "HTTP/1.1 403")) << header;
    EXPECT_TRUE(says(refused, R"({"error_code":1001,)")) << header;
  }
  const std::string wrong = once(with_header("Authorization: Bearer nope\r\n"));
  EXPECT_TRUE(says(wrong, "HTTP/1.1 403"));
  EXPECT_TRUE(says(wrong, R"({"error_code":1002,)"));
  EXPECT_TRUE(says(once("GET /retrieval HTTP/1.1\r\nHost: h\r\n\r\n"), R"({"error_code":405,)"));
}

// Dify tries an endpoint by a request without a body, and takes 403 and 404 for a wrong one.
TEST_F(DifyTest, FaultsOfTheBodyAre400) {
  start();
  for (const char* body :
       {"", "{", "[]", R"({"query":"q"})", R"({"knowledge_id":"default"})",
        R"({"knowledge_id":"default","query":"q","retrieval_setting":{"top_k":0}})",
        R"({"knowledge_id":"default","query":"q","metadata_condition":{"conditions":[{}]}})"}) {
    const std::string refused = retrieve(body);
    EXPECT_TRUE(says(refused, "HTTP/1.1 400")) << body;
    EXPECT_TRUE(says(refused, R"({"error_code":400,"error_msg":")")) << body;
  }
}

TEST_F(DifyTest, FailuresTellNoCause) {
  start();
  const std::string answer = retrieve(R"({"knowledge_id":"default","query":"fail"})");
  EXPECT_TRUE(says(answer, "HTTP/1.1 500"));
  EXPECT_TRUE(says(answer, R"({"error_code":500,)"));
  EXPECT_FALSE(says(answer, "secret"));
}

TEST_F(DifyTest, AnswersWithoutTheRerankerSaySo) {
  core_.rerank_lacking = true;
  start();
  EXPECT_TRUE(says(retrieve(kBody), "x-degraded: reranker\r\n"));
}

}  // namespace
}  // namespace rappel
