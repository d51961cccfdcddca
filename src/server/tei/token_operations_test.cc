// /tokenize and /decode with the small tokenizers of the repository.
#include "server/tei/token_operations.h"

#include <gtest/gtest.h>

#include "embed/test_token_embedder.h"
#include "testing/json_lines.h"

namespace rappel {
namespace {

class TokenOperations : public testing::Test {
 protected:
  void SetUp() override {
    auto loaded = Tokenizer::load("testdata/tokenizers/unigram.json");
    ASSERT_TRUE(loaded.ok()) << loaded.status().to_string();
    embedder_ = std::make_unique<TokenTestEmbedder>(base_, *loaded);
  }
  // The answer, or the refusal's status and body.
  std::string run(TeiOperation operation, std::string_view body) {
    const auto parsed = read_body_json(body);
    const RequestHead head;
    const Request request{head};
    const ServedModels models{served(), nullptr};
    TeiResult result =
        operation({gate_, request, models, TeiRoot::kEmbed}, *std::get<JsonValue>(parsed).as<JsonObject>());
    if (const auto* refusal = std::get_if<Response>(&result))
      return std::to_string(refusal->status) + " " + refusal->body;
    JsonWriter out;
    while (std::get<TeiAnswer>(result).next(out)) {
    }
    return out.take();
  }
  Embedder& served() { return embedder_ ? static_cast<Embedder&>(*embedder_) : base_; }

  TestEmbedder base_{2};
  std::unique_ptr<TokenTestEmbedder> embedder_;
  const CoreGate gate_{nullptr};
};

TEST_F(TokenOperations, TokensHaveTheirPlaceInCharacters) {
  EXPECT_EQ(run(tei_tokenize, R"({"inputs":"é le"})").substr(0, 62),
            R"([[{"id":0,"text":"<s>","special":true,"start":null,"stop":null)");
  const std::string answer = run(tei_tokenize, R"({"inputs":["é x"],"add_special_tokens":false})");
  EXPECT_NE(answer.find(R"("text":"é","special":false,"start":0,"stop":1)"), std::string::npos) << answer;
  EXPECT_NE(answer.find(R"("stop":3}]])"), std::string::npos) << answer;
  EXPECT_EQ(answer.find("<s>"), std::string::npos);
}

TEST_F(TokenOperations, DecodeGivesATextForEachList) {
  const Json row = read_json_lines("testdata/tokenizers/cases.jsonl")[1];
  const std::string ids = row["unigram"].dump();
  const std::string text = run(tei_decode, "{\"ids\":" + ids + "}");
  EXPECT_EQ(text.substr(0, 22), R"(["The quick brown fox )");
  EXPECT_EQ(run(tei_decode, R"({"ids":[[0,2],[0,2]],"skip_special_tokens":false})"),
            R"(["<s></s>","<s></s>"])");
  EXPECT_EQ(run(tei_decode, R"({"ids":[0,2]})"), R"([""])");
}

TEST_F(TokenOperations, WrongBodiesAreRefused) {
  EXPECT_EQ(run(tei_decode, R"({"ids":[]})").substr(0, 3), "400");
  EXPECT_EQ(run(tei_decode, R"({"ids":"a"})").substr(0, 3), "422");
  EXPECT_EQ(run(tei_tokenize, R"({})").substr(0, 3), "422");
  embedder_.reset();
  EXPECT_EQ(run(tei_tokenize, R"({"inputs":"a"})").substr(0, 3), "422");
}

}  // namespace
}  // namespace rappel
