// The readers of requests to models, without sockets.
#include <gtest/gtest.h>

#include "server/input/embeddings_request.h"
#include "server/input/lenient_object.h"
#include "server/input/model_body.h"
#include "server/input/model_embed.h"
#include "server/input/model_names.h"
#include "server/input/openai_tokens.h"

namespace rappel {
namespace {

JsonValue json(std::string_view text) {
  auto parsed = read_body_json(text);
  EXPECT_NE(std::get_if<JsonValue>(&parsed), nullptr) << text;
  return std::move(std::get<JsonValue>(parsed));
}

TEST(LenientObject, NullIsAbsent) {
  const JsonValue value = json(R"({"a":null})");
  LenientObject object(*value.as<JsonObject>());
  EXPECT_FALSE(object.boolean("a") || object.integer("a") || object.text("a") || object.number("a"));
  EXPECT_EQ(object.find("a"), nullptr);
  EXPECT_FALSE(object.fault());
}

TEST(LenientObject, TextsMayBeBooleansAndNumbers) {
  const JsonValue value = json(R"({"b":"TRUE","c":"False","i":"5","n":" 0.25 ","w":3.0})");
  LenientObject object(*value.as<JsonObject>());
  EXPECT_EQ(object.boolean("b"), true);
  EXPECT_EQ(object.boolean("c"), false);
  EXPECT_EQ(object.integer("i"), 5);
  EXPECT_EQ(object.number("n"), 0.25);
  EXPECT_EQ(object.integer("w"), 3);
  EXPECT_FALSE(object.fault());
}

TEST(LenientObject, TheFirstWrongMemberIsTheFault) {
  const JsonValue value = json(R"({"b":"maybe-secret","i":1.5,"t":7})");
  LenientObject object(*value.as<JsonObject>());
  EXPECT_FALSE(object.boolean("b") || object.integer("i") || object.text("t"));
  ASSERT_TRUE(object.fault());
  EXPECT_EQ(object.fault()->message, "`b` must be true or false");
  EXPECT_EQ(object.fault()->param, "b");
}

TEST(ModelBody, AnyContentTypeIsJson) {
  RequestHead head;
  head.headers.add("content-type", "text/plain");
  EXPECT_TRUE(std::holds_alternative<ModelBody>(read_model_body({head, R"({"a":1})"})));
}

TEST(ModelBody, OtherBodiesAreRefusedWithoutTheirText) {
  const RequestHead head;
  for (const char* body : {"", "{\"a\": \"secret", "\xff", "[1]", "null"}) {
    const auto read = read_model_body({head, body});
    const auto* refusal = std::get_if<Refusal>(&read);
    ASSERT_NE(refusal, nullptr) << body;
    EXPECT_EQ(refusal->message.find("secret"), std::string::npos);
  }
}

TEST(ModelNames, AliasesNameTheModel) {
  for (const char* name :
       {"BAAI/bge-m3", "bge-m3", "bge-m3:latest", "BAAI/bge-m3:567m", "bge-m3___VLLM", "BGE-M3"})
    EXPECT_TRUE(names_model(name, "BAAI/bge-m3")) << name;
  for (const char* name : {"bge", "m3", "BAAI", "x/bge-m3", "bge-m3x", ""})
    EXPECT_FALSE(names_model(name, "BAAI/bge-m3")) << name;
}

TEST(ModelNames, OnlyStrictServersRefuseOtherNames) {
  EXPECT_FALSE(refuse_model_name("text-embedding-3-small", "BAAI/bge-m3", false));
  EXPECT_FALSE(refuse_model_name("", "BAAI/bge-m3", true));
  const auto fault = refuse_model_name("text-embedding-3-small", "BAAI/bge-m3", true);
  ASSERT_TRUE(fault);
  EXPECT_EQ(fault->status, 404);
  EXPECT_EQ(fault->code, "model_not_found");
}

TEST(ModelNames, FoldersAreNotShown) {
  EXPECT_EQ(shown_model_name("/srv/secret/bge-m3/"), "bge-m3");
  EXPECT_EQ(shown_model_name("models/multilingual-e5-small"), "multilingual-e5-small");
  EXPECT_EQ(shown_model_name("BAAI/bge-m3"), "BAAI/bge-m3");
}

// The ids are those that langchain-openai sends (recorded).
TEST(OpenAiTokens, IdsOfCl100kAreTheirText) {
  const std::int64_t ids[] = {791, 6864, 315, 9822, 374, 12366, 13};
  EXPECT_EQ(text_of_openai_tokens(ids), "The capital of France is Paris.");
  const std::int64_t special[] = {100257};
  EXPECT_EQ(text_of_openai_tokens(special), "<|endoftext|>");
  for (const std::int64_t id : {std::int64_t{-1}, std::int64_t{100256}, std::int64_t{100277}})
    EXPECT_FALSE(text_of_openai_tokens({&id, 1})) << id;
}

TEST(ModelEmbed, VectorsAreNumbersThatReadBackOrBase64) {
  const std::vector<float> vector{0.1F, 1, -0.25F, 1.17549435e-38F, 16777216};
  JsonWriter out;
  write_vector(out, vector, false);
  const JsonValue read_back = json(out.take());
  const auto* numbers = read_back.as<JsonArray>();
  ASSERT_TRUE(numbers && numbers->size() == vector.size());
  for (std::size_t i = 0; i < vector.size(); ++i) {
    const auto* whole = (*numbers)[i].as<JsonInteger>();
    EXPECT_EQ(std::stof(whole ? whole->digits : (*numbers)[i].as<JsonFloat>()->digits), vector[i]);
  }
  write_vector(out, {0.1F}, false);
  EXPECT_EQ(out.take(), ",[0.1]") << "the shortest digits";
  JsonWriter text;
  write_vector(text, {1, -2}, true);
  EXPECT_EQ(text.take(), R"("AACAPwAAAMA=")");
}

std::variant<EmbeddingsRequest, InputFault> read(std::string_view body) {
  const JsonValue value = json(body);
  return read_embeddings_request(*value.as<JsonObject>(), 8);
}

EmbeddingsRequest accepted(std::string_view body) {
  auto request = read(body);
  const auto* fault = std::get_if<InputFault>(&request);
  EXPECT_EQ(fault, nullptr) << body << " " << fault->message;
  return fault ? EmbeddingsRequest() : std::get<EmbeddingsRequest>(request);
}

TEST(EmbeddingsRequest, InputHasFourForms) {
  using Texts = std::vector<std::string>;
  EXPECT_EQ(accepted(R"({"input":"a"})").texts, Texts({"a"}));
  EXPECT_EQ(accepted(R"({"input":["a","a"]})").texts, Texts({"a", "a"}));
  EXPECT_EQ(accepted(R"({"input":[33,888]})").texts, Texts({"Bread"}));
  EXPECT_EQ(accepted(R"({"input":[[33,888],[791]]})").texts, Texts({"Bread", "The"}));
  EXPECT_EQ(accepted(R"({"input":[{"text":"a"}]})").texts, Texts({"a"}));
}

TEST(EmbeddingsRequest, WrongInputIsAFaultOfInput) {
  for (const char* body :
       {R"({})", R"({"input":null})", R"({"input":""})", R"({"input":[]})", R"({"input":["a",""]})",
        R"({"input":[[]]})", R"({"input":3})", R"({"input":[100256]})", R"({"input":[[33],[-1]]})",
        R"({"input":[99999999999999999999]})", R"({"input":{"image":"x"}})"}) {
    const auto request = read(body);
    const auto* fault = std::get_if<InputFault>(&request);
    ASSERT_NE(fault, nullptr) << body;
    EXPECT_EQ(fault->param, "input") << body;
  }
}

TEST(EmbeddingsRequest, TooManyInputsNameTheLimit) {
  std::string body = R"({"input":["a")";
  for (std::size_t i = 0; i < kMaxModelInputs; ++i) body += R"(,"a")";
  const auto request = read(body + "]}");
  ASSERT_NE(std::get_if<InputFault>(&request), nullptr);
  EXPECT_NE(std::get<InputFault>(request).message.find("2048"), std::string::npos);
}

TEST(EmbeddingsRequest, MembersOfOtherServersAreRead) {
  const auto request = accepted(
      R"({"input":"a","model":"m","encoding_format":"base64","output_dimension":"4","input_type":"search_query",)"
      R"("truncate":"END","drop_params":true,"user":"u","output_dtype":null})");
  EXPECT_EQ(request.type, VectorType::kBase64);
  EXPECT_EQ(request.model, "m");
  EXPECT_EQ(request.dimensions, 4);
  EXPECT_EQ(request.role, TextRole::kQuery);
  EXPECT_EQ(request.overlong, Overlong::kCutEnd);
  EXPECT_EQ(accepted(R"({"input":"a","truncate":false})").overlong, Overlong::kRefuse);
  EXPECT_EQ(accepted(R"({"input":"a","truncate":"NONE"})").overlong, Overlong::kRefuse);
  EXPECT_EQ(accepted(R"({"input":"a","task":"retrieval.passage"})").role, TextRole::kDocument);
}

TEST(EmbeddingsRequest, DimensionsAreWithinTheModels) {
  EXPECT_EQ(accepted(R"({"input":"a","dimensions":0})").dimensions, 0);
  EXPECT_EQ(accepted(R"({"input":"a","dimensions":8})").dimensions, 8);
  for (const char* body : {R"({"input":"a","dimensions":9})", R"({"input":"a","dimensions":-1})",
                           R"({"input":"a","dimensions":1000000})", R"({"input":"a","dimensions":"x"})"}) {
    const auto request = read(body);
    ASSERT_NE(std::get_if<InputFault>(&request), nullptr) << body;
    EXPECT_EQ(std::get<InputFault>(request).param, "dimensions");
  }
}

TEST(EmbeddingsRequest, ClientsOfJinaAskForSigns) {
  EXPECT_EQ(accepted(R"({"input":"a","encoding_type":"binary"})").type, VectorType::kBinary);
  EXPECT_EQ(accepted(R"({"input":"a","embedding_type":"ubinary"})").type, VectorType::kUbinary);
}

TEST(EmbeddingsRequest, OtherEncodingsAreRefused) {
  for (const char* body :
       {R"({"input":"a","encoding_format":"int8"})", R"({"input":"a","output_dtype":"int8"})",
        R"({"input":"a","encoding_format":"binary"})", R"({"input":"a","embedding_type":"int8"})"})
    EXPECT_NE(
        std::get_if<InputFault>(&static_cast<const std::variant<EmbeddingsRequest, InputFault>&>(read(body))),
        nullptr)
        << body;
}

}  // namespace
}  // namespace rappel
