// Reranking in every dialect over sockets, with made-up models; the requests are those that recorded clients
// and applications send.
#include "server/test_openapi_routes.h"
#include "server/test_server.h"

namespace rappel {
namespace {

constexpr const char* kDocuments =
    R"("documents":["Bread is baked from flour.","Paris is the capital of France.","Berlin is the capital of Germany."])";
constexpr const char* kRoot = "/v1/rerank";

class RerankTest : public ServerTest {
 protected:
  void SetUp() override {
    core_.reranker().score = [](const std::string&, const std::string& passage) {
      if (passage.find("Paris") != std::string::npos) return 0.9;
      return passage.find("Berlin") != std::string::npos ? 0.6 : 0.1;
    };
  }
  std::string post(const std::string& path, const std::string& body) {
    return once(request("POST", path, body));
  }
  // The request with further members.
  std::string rerank(const std::string& path, const std::string& more = "") {
    return post(path,
                std::string(R"({"model":"asked","query":"capital of France",)") + kDocuments + more + "}");
  }
  // The JSON of an answer.
  static Json json_of(const std::string& answer) {
    auto parsed = parse_json(answer.substr(answer.find("\r\n\r\n") + 4));
    EXPECT_TRUE(parsed.ok()) << answer;
    return parsed.ok() ? *parsed : Json();
  }
  static std::string indexes_of(const Json& results) {
    std::string indexes;
    for (const Json& result : results) indexes += std::to_string(result["index"].get<int>());
    return indexes;
  }
  const std::vector<std::vector<RerankJob>>& calls() { return core_.reranker().calls; }
};

TEST(RerankOpenApi, DescribesTheRoutes) { expect_described_routes("rerank", "rerank-api.json"); }

TEST_F(RerankTest, CohereAnswerHasEveryMember) {
  start();
  const Json answer = json_of(rerank("/v2/rerank", R"(,"top_n":2,"max_tokens_per_doc":512)"));
  EXPECT_EQ(answer["id"].get<std::string>().size(), 36u);
  EXPECT_EQ(answer["object"], "rerank");
  EXPECT_EQ(answer["model"], "asked");
  EXPECT_GT(answer["created"].get<long long>(), 1'600'000'000);
  EXPECT_EQ(indexes_of(answer["results"]), "12");
  EXPECT_NEAR(answer["results"][0]["relevance_score"].get<double>(), 0.9, 1e-6);
  EXPECT_EQ(answer["usage"]["total_tokens"], 17);
  EXPECT_EQ(answer["usage"]["prompt_tokens"], 17);
  EXPECT_EQ(dump_json(answer["meta"]), R"({"api_version":{"version":"2"},"billed_units":{"search_units":1},)"
                                       R"("tokens":{"input_tokens":17,"output_tokens":0}})");
  EXPECT_EQ(json_of(rerank(kRoot))["meta"]["api_version"]["version"], "1");
}

TEST_F(RerankTest, EveryPathAnswers) {
  start();
  for (const char* path :
       {"/rerank", "/v1/rerank", "/v1/reranking", "/reranking", "/v2/rerank", "/cohere/v2/rerank",
        "/cohere/v1/rerank", "/cohere/rerank", "/jina/v1/rerank", "/jina/rerank", "/infinity/rerank",
        "/v1/rerank/", "//v1//rerank", "/v1/rerank?page=1"})
    EXPECT_EQ(indexes_of(json_of(rerank(path))["results"]), "120") << path;
}

TEST_F(RerankTest, LimitsAreLenient) {
  start();
  for (const char* all : {"", R"(,"top_n":null)", R"(,"top_n":0)", R"(,"top_n":50)", R"(,"top_n":"3")"})
    EXPECT_EQ(json_of(rerank(kRoot, all))["results"].size(), 3u) << all;
  for (const char* one : {R"(,"top_n":1)", R"(,"topN":1)", R"(,"top_n":"1")"})
    EXPECT_EQ(indexes_of(json_of(rerank(kRoot, one))["results"]), "1") << one;
  EXPECT_TRUE(says(rerank(kRoot, R"(,"top_n":-1)"), "HTTP/1.1 400"));
}

TEST_F(RerankTest, DocumentsComeBackAsTheDialectSays) {
  start();
  const auto document = [&](const char* path, const std::string& more) {
    const Json answer = json_of(rerank(path, more));
    const Json& first = answer[answer.contains("data") ? "data" : "results"][0];
    return first.contains("document") ? dump_json(first["document"]) : std::string();
  };
  const std::string text = R"("Paris is the capital of France.")", object = R"({"text":)" + text + "}";
  const std::string yes = R"(,"return_documents":"true")", no = R"(,"return_documents":false)";
  EXPECT_EQ(document(kRoot, ""), "");
  EXPECT_EQ(document(kRoot, yes), object);
  EXPECT_EQ(document("/v2/rerank", yes), "");
  EXPECT_EQ(document("/jina/v1/rerank", ""), object);
  EXPECT_EQ(document("/jina/v1/rerank", no), "");
  EXPECT_EQ(document("/infinity/rerank", ""), "");
  EXPECT_EQ(document("/infinity/rerank", yes), text);
  EXPECT_EQ(document("/voyage/v1/rerank", no), text);
}

TEST_F(RerankTest, VoyageHasItsOwnList) {
  start();
  for (const char* path : {"/voyage/v1/rerank", "/v1/rerank", "/rerank"}) {
    const Json answer = json_of(rerank(path, R"(,"top_k":1,"truncation":true)"));
    EXPECT_EQ(answer["object"], "list") << path;
    EXPECT_EQ(indexes_of(answer["data"]), "1") << path;
    EXPECT_EQ(answer["data"][0]["document"], "Paris is the capital of France.") << path;
    EXPECT_EQ(answer["usage"]["total_tokens"], 17) << path;
    EXPECT_FALSE(answer.contains("results")) << path;
  }
}

TEST_F(RerankTest, ObjectsAreScoredByTheirText) {
  start();
  const Json answer = json_of(post(
      kRoot,
      R"({"query":{"text":"q"},"return_documents":true,"documents":[{"text":"a Berlin","title":"t","n":1.50},)"
      R"({"title":"Paris","year":2024},{"content":[{"type":"text","text":"c"}]}]})"));
  EXPECT_EQ(dump_json(answer["results"][0]["document"]),
            R"({"text":"title: Paris\nyear: 2024","title":"Paris","year":2024})");
  EXPECT_EQ(dump_json(answer["results"][1]["document"]), R"({"text":"a Berlin","title":"t","n":1.5})");
  EXPECT_EQ(calls()[0][0].query, "q");
  EXPECT_EQ(calls()[0][0].passages[2], "c");
  post(kRoot, R"({"query":"q","rank_fields":["title","text"],"documents":[{"text":"a","title":"t","n":1}]})");
  EXPECT_EQ(calls()[1][0].passages[0], "title: t\ntext: a");
}

TEST_F(RerankTest, EqualScoresKeepTheirOrder) {
  start();
  const Json answer = json_of(post(kRoot, R"({"query":"q","documents":["x","Paris","x","Paris","x",""]})"));
  EXPECT_EQ(indexes_of(answer["results"]), "130245");
}

TEST_F(RerankTest, RawScoresAreLogits) {
  start();
  for (const char* raw : {R"(,"raw_scores":true)", R"(,"use_activation":"False")"}) {
    const Json answer = json_of(rerank("/infinity/rerank", raw));
    EXPECT_NEAR(answer["results"][0]["relevance_score"].get<double>(), 2.1972, 1e-3) << raw;
    EXPECT_NEAR(answer["results"][2]["relevance_score"].get<double>(), -2.1972, 1e-3) << raw;
  }
}

TEST_F(RerankTest, LongPairsAreCutOrRefused) {
  core_.reranker().room = 3;
  start();
  EXPECT_TRUE(says(rerank(kRoot), "x-truncated: 3\r\n"));
  for (const char* refusing : {R"(,"truncation":false)", R"(,"truncate":"NONE")"}) {
    const std::string refused = rerank(kRoot, refusing);
    EXPECT_TRUE(says(refused, "HTTP/1.1 400")) << refusing;
    EXPECT_TRUE(says(refused, R"("code":"context_length_exceeded")")) << refusing;
  }
}

TEST_F(RerankTest, FaultsHaveOneBodyForAllReaders) {
  start();
  std::string many = R"({"query":"q","documents":["a")";
  for (int i = 0; i < 1000; ++i) many += R"(,"a")";
  for (const std::string& body :
       {std::string(R"({"documents":["a"]})"), std::string(R"({"query":"","documents":["a"]})"),
        std::string(R"({"query":"q"})"), std::string(R"({"query":"q","documents":[]})"),
        std::string(R"({"query":"q","documents":"a"})"), std::string(R"({"query":"q","documents":[1]})"),
        std::string(R"({"query":3,"documents":["a"]})"), many + "]}"}) {
    const std::string refused = post("/v2/rerank", body);
    EXPECT_TRUE(says(refused, "HTTP/1.1 400")) << body.substr(0, 80);
    const Json json = json_of(refused);
    EXPECT_EQ(json["message"], json["error"]["message"]);
    EXPECT_EQ(json["message"], json["detail"]);
  }
  const std::string wrong =
      once("POST /v1/rerank HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer nope\r\nContent-Length: 0\r\n\r\n");
  EXPECT_TRUE(says(wrong, "HTTP/1.1 401"));
  EXPECT_TRUE(says(wrong, R"("code":"invalid_api_key")"));
}

TEST_F(RerankTest, ServerWithoutRerankerSaysHowToGetOne) {
  class WithoutReranker : public FakeCore {
    Result<ServedModels> models(const std::stop_token&) override { return ServedModels{embedder(), nullptr}; }
  } core;
  start(false);
  server_->set_ready(core);
  for (const char* path : {kRoot, "/v1/score"}) {
    const std::string refused = post(path, R"({"query":"q","documents":["a"],"queries":"q"})");
    EXPECT_TRUE(says(refused, "HTTP/1.1 404")) << path;
    EXPECT_TRUE(says(refused, "RERANK_MODEL")) << path;
    EXPECT_TRUE(says(refused, R"("code":"model_not_found")")) << path;
  }
  server_.reset();  // before its core
}

TEST_F(RerankTest, NamesChooseNothingUnlessStrict) {
  options_.strict_models = true;
  start();
  EXPECT_TRUE(says(rerank(kRoot), R"("code":"model_not_found")"));
  EXPECT_TRUE(
      says(post(kRoot, R"({"model":"test reranker","query":"q","documents":["a"]})"), "HTTP/1.1 200"));
}

TEST_F(RerankTest, TextsAtTheRootAreTheOtherContract) {
  start();
  const std::string answer = post("/rerank", R"({"query":"q","texts":["a","Paris"]})");
  EXPECT_TRUE(says(answer, "\r\n\r\n[{\"index\":1,\"score\":0.")) << answer;
  EXPECT_TRUE(says(post("/rerank", R"({"query":"q","texts":[]})"), R"("error_type":"Empty")"));
}

TEST_F(RerankTest, ScoresKeepTheOrderOfTheRequest) {
  start();
  const auto scores = [&](const std::string& body) {
    const Json answer = json_of(post("/v1/score", body));
    std::string text;
    for (const Json& item : answer["data"])
      text += std::to_string(item["index"].get<int>()) + ":" +
              std::to_string(std::lround(10 * item["score"].get<double>())) + " ";
    return text;
  };
  EXPECT_EQ(scores(R"({"text_1":"q","text_2":["a","Paris"]})"), "0:1 1:9 ");
  EXPECT_EQ(scores(R"({"queries":"q","items":"Paris"})"), "0:9 ");
  EXPECT_EQ(scores(R"({"data_1":["q","r","q"],"data_2":["Berlin","Paris","b"]})"), "0:6 1:9 2:1 ");
  EXPECT_EQ(calls().back()[0].query, "r");
  EXPECT_TRUE(says(post("/score", R"({"text_1":["q","r"],"text_2":["a","b","c"]})"), "HTTP/1.1 400"));
}

}  // namespace
}  // namespace rappel
