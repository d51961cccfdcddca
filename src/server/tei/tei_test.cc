// The routes of text-embeddings-inference over sockets, with made-up models; the requests are those that
// recorded clients send.
#include "server/tei/tei.h"

#include <cctype>
#include <set>

#include "codec/json.h"
#include "embed/test_token_embedder.h"
#include "ingest/chunk/test_chunks.h"
#include "server/documents/assets.h"
#include "server/test_server.h"

namespace rappel {
namespace {

class TeiTest : public ServerTest {
 protected:
  void SetUp() override {
    core_.served_embedder = &tokens_;
    core_.embedder().vectors["one"] = {1, 0};
    core_.embedder().vectors["half"] = {0.5F, -0.25F};
    core_.reranker().score = [](const std::string&, const std::string& passage) {
      return passage == "good" ? 0.75 : 0.25;
    };
  }
  std::string post(const std::string& path, const std::string& body) {
    return once(request("POST", path, body));
  }
  // 2 ids.
  TokenTestEmbedder tokens_{core_.embedder(), std::make_shared<WordTokenizer>()};
  static std::string untyped(const std::string& path, const std::string& type, const std::string& body) {
    return "POST " + path + " HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer tok\r\n" + type +
           "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
  }
};

TEST_F(TeiTest, EmbedAnswersAnArrayOfVectors) {
  start();
  for (const char* path :
       {"/embed", "/", "/embed/", "/tei/embed", "/tei/embed/", "/tei/embed/embed", "/invocations"})
    EXPECT_TRUE(says(post(path, R"({"inputs":"half"})"), "\r\n\r\n[[0.5,-0.25]]")) << path;
  const std::string answer = post("/embed", R"({"inputs":["one","half"],"truncate":true,"dimensions":null})");
  EXPECT_TRUE(says(answer, "[[1,0],[0.5,-0.25]]"));
  EXPECT_TRUE(says(answer, "x-compute-tokens: 2\r\n"));
  EXPECT_TRUE(says(answer, "x-compute-characters: 7\r\n"));
}

TEST_F(TeiTest, NormalizeFalseKeepsTheLength) {
  start();
  EXPECT_TRUE(
      says(post("/embed", R"({"inputs":"half","normalize":false,"truncate":true})"), "[[1.5,-0.75]]"));
}

TEST_F(TeiTest, TokenIdsAreThoseOfTheModel) {
  start();
  for (const char* body : {R"({"inputs":[[0,1]]})", R"({"inputs":[0,1]})", R"({"inputs":[[0,33600,1]]})"})
    EXPECT_TRUE(says(post("/embed", body), "x-compute-tokens: 2\r\n")) << body;
  for (const char* body : {R"({"inputs":[[-1]]})", R"({"inputs":[99999999]})", R"({"inputs":[[1],"a"]})"})
    EXPECT_TRUE(says(post("/embed", body), "HTTP/1.1 422")) << body;
}

TEST_F(TeiTest, AModelWithoutTokensGivesUnitVectorsOfTexts) {
  core_.served_embedder = &core_.embedder();
  start();
  EXPECT_TRUE(says(post("/embed", R"({"inputs":"one"})"), "[[1,0]]"));
  EXPECT_TRUE(says(post("/embed", R"({"inputs":"one","normalize":false})"), "HTTP/1.1 422"));
  EXPECT_TRUE(says(post("/embed", R"({"inputs":[1]})"), "HTTP/1.1 422"));
  EXPECT_TRUE(says(post("/embed_all", R"({"inputs":"one"})"), "HTTP/1.1 422"));
  EXPECT_TRUE(says(post("/tokenize", R"({"inputs":"one"})"), "HTTP/1.1 422"));
}

TEST_F(TeiTest, WrongInputsHaveTheStatusOfTei) {
  start();
  const std::string empty = post("/embed", R"({"inputs":[]})");
  EXPECT_TRUE(says(empty, "HTTP/1.1 400"));
  EXPECT_TRUE(says(empty, R"({"error":"`inputs` cannot be empty","error_type":"Empty"})"));
  const std::string missing = post("/embed", R"({"text":["x"]})");
  EXPECT_TRUE(says(missing, "HTTP/1.1 422"));
  EXPECT_TRUE(says(missing, "text/plain"));
  EXPECT_TRUE(says(missing, "missing field `inputs`"));
  EXPECT_TRUE(says(post("/embed", R"({"inputs":["a",""]})"), R"("error_type":"Validation")"));
  EXPECT_TRUE(says(post("/embed", R"({"inputs":"a","dimensions":3})"), "maximum embedding dimension"));
  EXPECT_TRUE(says(post("/embed", R"({"inputs":"a","truncate":"maybe"})"), "HTTP/1.1 422"));
  EXPECT_TRUE(says(post("/embed", R"({"inputs": "secret)"), "HTTP/1.1 400"));
  EXPECT_TRUE(says(post("/embed", "[1]"), "HTTP/1.1 422"));
}

TEST_F(TeiTest, BodiesOfOtherTypesAreRefused) {
  start();
  for (const char* type : {"", "Content-Type: text/plain\r\n"}) {
    const std::string answer = once(untyped("/embed", type, R"({"inputs":"one"})"));
    EXPECT_TRUE(says(answer, "HTTP/1.1 415")) << type;
    EXPECT_TRUE(says(answer, "text/plain")) << type;
  }
}

TEST_F(TeiTest, LongTextsAreCutOrRefused) {
  core_.embedder().room = 2;
  start();
  EXPECT_TRUE(says(post("/embed", R"({"inputs":["a b c","a"]})"), "x-truncated: 1\r\n"));
  const std::string refused = post("/embed", R"({"inputs":"a b c","truncate":false})");
  EXPECT_TRUE(says(refused, "HTTP/1.1 422"));
  EXPECT_TRUE(says(refused, "Input validation error"));
}

TEST_F(TeiTest, SparseWeightsAndTokenVectors) {
  core_.embedder().weights = {{7, 0.5F}, {9, 0.25F}};
  core_.embedder().token_dimension = 2;
  start();
  EXPECT_TRUE(says(post("/embed_sparse", R"({"inputs":["a"]})"),
                   R"([[{"index":7,"value":0.5},{"index":9,"value":0.25}]])"));
  EXPECT_TRUE(says(post("/embed_all", R"({"inputs":"a b"})"), "[[[0.25,0.25],[0.25,0.25]]]"));
  EXPECT_TRUE(says(post("/embed_all?colbert=1", R"({"inputs":"a b"})"), "[[[0.5,0.5],[0.5,0.5]]]"));
}

TEST_F(TeiTest, AModelWithoutAHeadSaysSo) {
  start();
  for (const char* path : {"/embed_sparse", "/embed_all?colbert=1"}) {
    const std::string answer = post(path, R"({"inputs":"a"})");
    EXPECT_TRUE(says(answer, "HTTP/1.1 424")) << path;
    EXPECT_TRUE(says(answer, "BAAI/bge-m3")) << path;
  }
}

TEST_F(TeiTest, RerankSortsAndEchoesWhatIsAsked) {
  start();
  for (const char* path : {"/tei/rerank", "/tei/rerank/", "/tei/rerank/rerank"})
    EXPECT_TRUE(says(post(path, R"({"query":"q","texts":["bad","good"]})"),
                     R"([{"index":1,"score":0.75},{"index":0,"score":0.25}])"))
        << path;
  EXPECT_TRUE(
      says(post("/tei/rerank/rerank",
                R"({"query":"q","texts":["good"],"return_text":true,"truncation_direction":"Right"})"),
           R"([{"index":0,"text":"good","score":0.75}])"));
  EXPECT_TRUE(says(post("/tei/rerank", R"({"query":"q","texts":["good"],"raw_scores":true})"),
                   R"("score":1.098612)"));
  EXPECT_TRUE(says(post("/", R"({"query":"q","texts":["good"]})"), R"([{"index":0,"score":0.75}])"));
}

TEST_F(TeiTest, RerankNeedsAQueryAndTexts) {
  start();
  EXPECT_TRUE(says(post("/tei/rerank", R"({"query":"x","texts":[]})"), R"("error_type":"Empty")"));
  EXPECT_TRUE(says(post("/tei/rerank/rerank", R"({"texts":["a"]})"), "missing field `query`"));
  std::string many = R"({"query":"q","texts":["a")";
  for (int i = 0; i < 1000; ++i) many += R"(,"a")";
  EXPECT_TRUE(says(post("/tei/rerank", many + "]}"), "batch size 1001 > maximum allowed batch size 1000"));
}

TEST_F(TeiTest, PredictTakesPairsAndBatches) {
  start();
  EXPECT_TRUE(says(post("/predict", R"({"inputs":["q","good"]})"),
                   "\r\n\r\n"
                   R"([{"score":0.75,"label":"LABEL_0"}])"));
  EXPECT_TRUE(says(post("/tei/rerank/predict", R"({"inputs":[["q","good"],["q","bad"],["r","good"]]})"),
                   R"([[{"score":0.75,"label":"LABEL_0"}],[{"score":0.25,"label":"LABEL_0"}],)"
                   R"([{"score":0.75,"label":"LABEL_0"}]])"));
  EXPECT_EQ(core_.reranker().calls.size(), 3u) << "pairs of one query share a call";
  EXPECT_TRUE(says(post("/predict", R"({"inputs":["a","b","c"]})"), "HTTP/1.1 422"));
}

TEST_F(TeiTest, SimilarityIsTheCosine) {
  start();
  for (const char* path : {"/similarity", "/", "/tei/embed"})
    EXPECT_TRUE(says(post(path, R"({"inputs":{"source_sentence":"one","sentences":["one","half"]}})"),
                     "\r\n\r\n[1,0.5]"))
        << path;
  EXPECT_TRUE(
      says(post("/similarity", R"({"inputs":{"sentences":["a"]}})"), "missing field `source_sentence`"));
  EXPECT_TRUE(
      says(post("/similarity", R"({"inputs":{"source_sentence":"a","sentences":[]}})"), "HTTP/1.1 400"));
}

TEST_F(TeiTest, VertexJoinsAnswers) {
  start();
  EXPECT_TRUE(
      says(post("/vertex", R"({"instances":[{"inputs":"one"},{"query":"q","texts":["good"]},)"
                           R"({"type":"predict","inputs":["q","bad"]}]})"),
           R"({"predictions":[[[1,0]],[{"index":0,"score":0.75}],[{"score":0.25,"label":"LABEL_0"}]]})"));
  EXPECT_TRUE(says(post("/vertex", R"({"instances":[{"inputs":[]}]})"), "HTTP/1.1 400"));
}

TEST_F(TeiTest, InfoIsOfTheModelOfItsRoot) {
  start();
  const auto info = [this](const std::string& path) {
    return once("GET " + path + " HTTP/1.1\r\nHost: h\r\n\r\n");
  };
  for (const char* path : {"/info", "/tei/embed/info"})
    EXPECT_TRUE(says(info(path), R"("model_type":{"embedding":{"pooling":"mean"}})")) << path;
  EXPECT_TRUE(says(info("/tei/rerank/info"), R"({"model_id":"test reranker")"));
  EXPECT_TRUE(says(info("/tei/rerank/info"), R"("model_type":{"reranker":)"));
}

TEST_F(TeiTest, InfoNamesTheFormatOfTheWeights) {
  start();
  const auto info = [this](const std::string& path) {
    return once("GET " + path + " HTTP/1.1\r\nHost: h\r\n\r\n");
  };
  EXPECT_TRUE(says(info("/info"), R"("model_dtype":"float16")"));
  EXPECT_TRUE(says(info("/tei/rerank/info"), R"("model_dtype":"float32")")) << "the reranker is not local";
}

// As @continuedev/openai-adapters 1.37.0 sends it.
TEST_F(TeiTest, EmbedWithTextsIsThatOfCohere) {
  start();
  const std::string answer =
      post("/embed", R"({"texts":["half"],"model":"embed-english-v3.0","input_type":"search_document",)"
                     R"("embedding_types":["float"],"truncate":"END"})");
  EXPECT_TRUE(says(answer, R"("texts":["half"],"embeddings":{"float":[[0.5,-0.25]]},)"
                           R"("response_type":"embeddings_by_type")"));
  EXPECT_TRUE(says(post("/embed", R"({"texts":["one"]})"), R"("embeddings":[[1,0]])"));
  const std::string refused = post("/embed", R"({"texts":[""]})");
  EXPECT_TRUE(says(refused, "HTTP/1.1 400"));
  EXPECT_TRUE(says(refused, R"({"error":{"message":"`texts` has an empty string)"));
  EXPECT_TRUE(says(post("/tei/embed/embed", R"({"texts":["one"]})"), "missing field `inputs`"));
}

TEST_F(TeiTest, HealthNeedsNoToken) {
  start();
  for (const char* path : {"/ping", "/tei/embed/health", "/tei/rerank/"})
    EXPECT_TRUE(says(once(std::string("GET ") + path + " HTTP/1.1\r\nHost: h\r\n\r\n"), "HTTP/1.1 200"))
        << path;
}

TEST_F(TeiTest, BeforeTheModelsAreThereItIsUnhealthy) {
  start(false);
  const std::string answer = once("GET /tei/embed/health HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_TRUE(says(answer, "HTTP/1.1 503"));
  EXPECT_TRUE(says(answer, R"({"error":"unhealthy","error_type":"Unhealthy"})"));
  EXPECT_TRUE(says(post("/embed", R"({"inputs":"a"})"), R"("error_type":"Unhealthy")"));
}

TEST_F(TeiTest, FailuresHaveTheShapeOfTei) {
  core_.embedder().failure = Status(Code::kUnavailable, "no", "secret cause");
  start();
  const std::string answer = post("/embed", R"({"inputs":"a"})");
  EXPECT_TRUE(says(answer, "HTTP/1.1 424"));
  EXPECT_TRUE(says(answer, R"("error_type":"Backend")"));
  EXPECT_FALSE(says(answer, "secret"));
  core_.embedder().failure = Status(Code::kResourceExhausted, "full").with_retry_after(7);
  const std::string busy = post("/embed", R"({"inputs":"a"})");
  EXPECT_TRUE(says(busy, "HTTP/1.1 429"));
  EXPECT_TRUE(says(busy, "retry-after: 7\r\n"));
  EXPECT_TRUE(says(once("POST /embed HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\n"), "HTTP/1.1 401"));
}

TEST(TeiDocument, HasTheRoutesAndNoOthers) {
  const CoreGate gate(nullptr);
  const ProtocolOptions options;
  const std::string public_url;
  const auto protocol = tei_protocol({options, public_url, gate, {}});
  std::set<std::string> routes, described;
  for (const Route& route : protocol->routes())
    for (const Method method : route.methods)
      if (method != Method::kHead)
        routes.insert(std::string(method_name(method)) + " " + std::string(route.path));
  const auto document = parse_json(asset("tei-api.json"));
  ASSERT_TRUE(document.ok());
  for (const auto& [path, methods] : (*document)["paths"].items())
    for (const auto& [name, operation] : methods.items()) {
      std::string method = name;
      for (char& c : method) c = static_cast<char>(std::toupper(c));
      described.insert(method + " " + path);
    }
  EXPECT_EQ(described, routes);
}

}  // namespace
}  // namespace rappel
