// The native search over sockets, with a fake core.
#include "server/test_server.h"

namespace rappel {
namespace {

class SearchTest : public ServerTest {
 protected:
  std::string search(const std::string& body) { return once(request("POST", "/v1/search", body)); }
};

ScoredChunk result_of(const std::string& text) {
  ScoredChunk result;
  result.chunk.id = "d_0";
  result.chunk.document_id = "d";
  result.chunk.text = text;
  result.chunk.end = 4;
  result.chunk.metadata = std::make_shared<const Metadata>();
  result.score = 0.5;
  return result;
}

TEST_F(SearchTest, AnswerHasResultsAndStages) {
  core_.answer_with({result_of("text")});
  start();
  const std::string answer = search(R"({"query":"q"})");
  EXPECT_TRUE(says(answer, "HTTP/1.1 200"));
  EXPECT_TRUE(says(answer, R"("results":[{"id":"d_0","document_id":"d","text":"text","score":0.5,)"
                           R"("begin":0,"end":4,"metadata":{"source":null,)"));
  EXPECT_TRUE(
      says(answer, R"("degraded":[],"took_ms":{"embed":0.0,"search":0.0,"rerank":0.0,"total":0.0}})"));
}

TEST_F(SearchTest, LargeAnswerComesInPieces) {
  core_.answer_with(std::vector<ScoredChunk>(40, result_of(std::string(10'000, 't'))));
  start();
  Client client(port());
  client.send(request("POST", "/v1/search", R"({"query":"q"})", "Connection: close\r\n"));
  const std::string answer = client.rest();
  EXPECT_TRUE(says(answer, "chunked"));
  EXPECT_TRUE(says(answer, R"("took_ms":)")) << "the members after the last result";
  EXPECT_GT(answer.size(), 400'000u);
}

TEST_F(SearchTest, DegradedPartsAreTold) {
  start();
  core_.degraded = true;
  EXPECT_TRUE(says(search(R"({"query":"q"})"), R"("degraded":["index"])"));
  core_.rerank_lacking = true;
  EXPECT_TRUE(says(search(R"({"query":"q"})"), R"("degraded":["reranker","index"])"));
  EXPECT_TRUE(says(once(query("q")), "x-degraded: reranker, index\r\n"));
  core_.degraded = false;
  EXPECT_TRUE(says(once(query("q")), "x-degraded: reranker\r\n"));
}

TEST_F(SearchTest, FailuresHaveThePluginsShape) {
  start();
  const std::string answer = search(R"({"query":"fail"})");
  EXPECT_TRUE(says(answer, "HTTP/1.1 500"));
  EXPECT_FALSE(says(answer, "secret"));
  EXPECT_TRUE(says(search("{"), "HTTP/1.1 422"));
  EXPECT_TRUE(says(once("GET /v1/search?query=q HTTP/1.1\r\nHost: h\r\n\r\n"), "HTTP/1.1 403"));
}

}  // namespace
}  // namespace rappel
