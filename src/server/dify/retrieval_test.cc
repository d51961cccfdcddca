// Bodies of POST /retrieval, and which documents a metadata_condition selects.
#include "server/dify/retrieval.h"

#include <gtest/gtest.h>

#include "server/dify/conditions.h"
#include "server/http/body_json.h"
#include "store/metadata_json.h"

namespace rappel {
namespace {

JsonValue parsed(const std::string& text) {
  auto value = read_body_json(text);
  EXPECT_TRUE(std::holds_alternative<JsonValue>(value)) << text;
  return std::get<JsonValue>(std::move(value));
}

constexpr const char* kMetadata[] = {
    R"({"author":"Zoe","pages":3,"due":"2024-05-06","tags":["red","blue"],"draft":true})",
    R"({"author":"Al","pages":12.5,"due":"2024-07-01T00:00:00Z","filename":"report.pdf"})",
    R"({"author":"","pages":"3","modified":1714953600})",
    R"({})",
};

// For each of these documents 1 if the condition selects it.
std::string selected(const std::string& condition) {
  const auto conditions = DifyConditions::read(parsed(condition));
  if (!conditions.ok()) return conditions.status().message();
  const Filter filter = conditions->filter();
  std::string of_each;
  for (const char* text : kMetadata) {
    const auto metadata = read_metadata(*parse_json(text));
    EXPECT_TRUE(metadata.ok()) << text;
    const bool found = matches(filter, "x", *metadata), holds = conditions->holds("x", *metadata);
    EXPECT_TRUE(found || !holds) << "the filter leaves none out";
    EXPECT_TRUE(found == holds || conditions->has_ends());
    of_each += holds ? '1' : '0';
  }
  return of_each;
}

std::string one(const std::string& name, const std::string& comparison, const std::string& value) {
  return R"({"logical_operator":"and","conditions":[{"name":)" + name + R"(,"comparison_operator":")" +
         comparison + R"(","value":)" + value + "}]}";
}

TEST(DifyConditions, EachOperatorSelects) {
  const struct {
    const char *name, *comparison, *value, *selected;
  } cases[] = {
      {R"("author")", "contains", R"("o")", "1000"},
      {R"("author")", "not contains", R"("o")", "0111"},
      {R"("author")", "start with", R"("A")", "0100"},
      {R"("author")", "end with", R"("oe")", "1000"},
      {R"("author")", "end with", R"("o")", "0000"},
      {R"("tags")", "end with", R"("ue")", "0000"},
      {R"("filename")", "end with", R"(".pdf")", "0100"},
      {R"("author")", "is", R"("Al")", "0100"},
      {R"("author")", "is not", R"("Al")", "1011"},
      {R"("author")", "in", R"(["Al","Zoe"])", "1100"},
      {R"("author")", "in", R"("Al, Zoe")", "1100"},
      {R"("author")", "not in", R"(["Al"])", "1011"},
      {R"("author")", "empty", "null", "0011"},
      {R"("author")", "not empty", "null", "1100"},
      {R"("tags")", "contains", R"("red")", "1000"},
      {R"("draft")", "is", R"("true")", "1000"},
      {R"("pages")", "=", "3", "1010"},
      {R"("pages")", "=", R"("3")", "1010"},
      {R"("pages")", "≠", "3", "0101"},
      {R"("pages")", ">", "3", "0100"},
      {R"("pages")", ">", R"("3")", "0100"},
      {R"("pages")", "<", "12.5", "1000"},
      {R"("pages")", "≥", "3", "1100"},
      {R"("pages")", "≤", "12.5", "1100"},
      {R"("due")", "before", R"("2024-06-01")", "1000"},
      {R"("due")", "after", "1717200000", "0100"},
      {R"("modified")", "before", R"("1714953601")", "0010"},
      {R"(["author","filename"])", "contains", R"("o")", "1100"},
      {R"(["author","filename"])", "not contains", R"("o")", "0011"},
      {R"("unknown")", "is", R"("x")", "0000"},
  };
  for (const auto& [name, comparison, value, ids] : cases)
    EXPECT_EQ(selected(one(name, comparison, value)), ids) << name << " " << comparison << " " << value;
}

TEST(DifyConditions, AreJoinedByTheLogicalOperator) {
  const std::string conditions = R"("conditions":[{"name":"author","comparison_operator":"is","value":"Al"},)"
                                 R"({"name":"pages","comparison_operator":"=","value":3}]})";
  EXPECT_EQ(selected(R"({"logical_operator":"or",)" + conditions), "1110");
  EXPECT_EQ(selected(R"({"logical_operator":"and",)" + conditions), "0000");
  EXPECT_EQ(selected("{" + conditions), "0000");
  for (const char* none : {"{}", R"({"conditions":[]})", R"({"logical_operator":"or","conditions":[]})"})
    EXPECT_EQ(selected(none), "1111") << none;
}

TEST(DifyConditions, UnknownOnesAreRefused) {
  const auto refusal = [](const std::string& condition) {
    const auto conditions = DifyConditions::read(parsed(condition));
    return conditions.ok() ? std::string() : conditions.status().message();
  };
  EXPECT_NE(refusal(one(R"("a")", "resembles", R"("x")")).find("must be one of: contains, "),
            std::string::npos);
  EXPECT_EQ(refusal(one(R"("a")", "is", "null")), "`is` needs a `value`") << "it would select every document";
  EXPECT_EQ(refusal(one(R"("a")", ">", R"("x")")), "`>` needs a number or a date");
  for (const std::string& wrong :
       {one("3", "is", R"("x")"), one("[]", "is", R"("x")"), one(R"("$or")", "is", R"("x")"),
        one(R"("a")", "contains", R"(["x"])"), one(R"("a")", "in", "[[1]]"),
        std::string(R"({"logical_operator":"xor"})"), std::string(R"({"conditions":{}})"), std::string("[]")})
    EXPECT_FALSE(refusal(wrong).empty()) << wrong;
}

TEST(DifyRetrieval, SettingsBecomeTheQuery) {
  const auto read = [](const std::string& setting) {
    const JsonValue body =
        parsed(R"({"knowledge_id":"default","query":"q","retrieval_setting":)" + setting + "}");
    auto retrieval = read_dify_retrieval(*body.as<JsonObject>(), 100);
    EXPECT_TRUE(std::holds_alternative<DifyRetrieval>(retrieval)) << setting;
    return std::get<DifyRetrieval>(std::move(retrieval)).query;
  };
  QueryInput query = read(R"({"top_k":5,"score_threshold":0.25})");
  EXPECT_EQ(query.text, "q");
  EXPECT_EQ(query.top_k, 5u);
  EXPECT_EQ(query.min_score, 0.25);
  query = read(R"({"top_k":"500","score_threshold":"1"})");
  EXPECT_EQ(query.top_k, 100u);
  EXPECT_EQ(query.min_score, 1);
  query = read(R"({"top_k":null,"score_threshold":null})");
  EXPECT_EQ(query.top_k, kDifyTopK);
  EXPECT_EQ(query.min_score, 0);
  EXPECT_EQ(read(R"({"score_threshold":-1})").min_score, 0);
}

TEST(DifyRetrieval, EndsOfTextsAreLookedAtAgain) {
  const JsonValue body = parsed(
      R"({"knowledge_id":"default","query":"q","retrieval_setting":{"top_k":2},"metadata_condition":)" +
      one(R"("filename")", "end with", R"(".pdf")") + "}");
  const auto read = read_dify_retrieval(*body.as<JsonObject>(), 15);
  const auto& retrieval = std::get<DifyRetrieval>(read);
  EXPECT_EQ(retrieval.query.top_k, 15u);
  EXPECT_EQ(retrieval.query.rerank_depth, 2u);
  QueryOutput output;
  for (const char* name : {"a.pdf", "b.pdf.txt", "c.pdf", "d.pdf"}) {
    Metadata metadata;
    metadata.filename = name;
    output.results.emplace_back().chunk.metadata = std::make_shared<const Metadata>(metadata);
  }
  keep_matching(retrieval, output);
  ASSERT_EQ(output.results.size(), 2u);
  EXPECT_EQ(output.results[1].chunk.metadata->filename, "c.pdf");
}

}  // namespace
}  // namespace rappel
