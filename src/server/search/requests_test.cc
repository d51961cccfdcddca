#include "server/search/requests.h"

#include <gtest/gtest.h>

namespace rappel {
namespace {

const Filter kByAl{Filter::Op::kAnd, "", {}, {Filter::equals("author", std::string("Al"))}};

QueryInput read(const std::string& json, std::string& errors) {
  FieldErrors found;
  auto body = read_body_json(json);
  const QueryInput query = read_search_request(std::get<JsonValue>(body), 100, found);
  errors = found.empty() ? "" : found.to_json();
  return query;
}

QueryInput read_ok(const std::string& json) {
  std::string errors;
  const QueryInput query = read(json, errors);
  EXPECT_EQ(errors, "") << json;
  return query;
}

std::string errors_of(const std::string& json) {
  std::string errors;
  (void)read(json, errors);
  return errors;
}

TEST(SearchRequests, EveryMemberIsRead) {
  const QueryInput query = read_ok(
      R"({"query":"q","filter":{"author":"Al"},"top_k":4,"mode":"dense","return":"section","rerank":false,)"
      R"("rerank_depth":7,"budget_ms":12.5,"latency_budget_ms":80,"min_score":0.25,"explain":true,)"
      R"("syntax":true,"typos":true,"prefix":true})");
  EXPECT_EQ(query.text, "q");
  EXPECT_EQ(query.filter, kByAl);
  EXPECT_EQ(query.top_k, 4u);
  EXPECT_EQ(query.mode, SearchMode::kDense);
  EXPECT_EQ(query.unit, ResultUnit::kSection);
  EXPECT_EQ(query.rerank, false);
  EXPECT_EQ(query.rerank_depth, 7u);
  EXPECT_EQ(query.rerank_budget, 12.5);
  EXPECT_EQ(query.latency_budget, 80);
  EXPECT_EQ(query.min_score, 0.25);
  EXPECT_TRUE(query.explain);
  EXPECT_TRUE(query.syntax && query.typos && query.prefix);
  EXPECT_FALSE(query.reading) << "the core reads the syntax";
}

TEST(SearchRequests, NullsAndAbsentMembersAreDefaults) {
  for (const char* json :
       {R"({"query":"q"})", R"({"query":"q","mode":null,"min_score":null,"top_k":null,"rerank":null})"}) {
    const QueryInput query = read_ok(json);
    EXPECT_FALSE(query.mode || query.top_k || query.rerank || query.rerank_budget || query.explain) << json;
    EXPECT_FALSE(query.syntax || query.typos || query.prefix) << json;
    EXPECT_EQ(query.min_score, 0) << json;
  }
}

TEST(SearchRequests, WrongValuesAreNamed) {
  EXPECT_EQ(errors_of(R"({"query":"q","min_scroe":1})"),
            R"({"detail":[{"loc":["body","min_scroe"],"msg":"extra fields not permitted",)"
            R"("type":"value_error.extra"}]})");
  for (const char* member :
       {R"("mode":"best")", R"("top_k":0)", R"("top_k":101)", R"("min_score":1.5)", R"("min_score":-0.1)",
        R"("min_score":"much")", R"("min_score":[])", R"("budget_ms":-1)", R"("latency_budget_ms":-1)",
        R"("rerank":"perhaps")", R"("return":"page")", R"("document_id":"d")", R"("syntax":"perhaps")",
        R"("typos":2)", R"("prefix":[])", R"("filter":{"created_at":{"gte":"soon"}})"})
    EXPECT_NE(errors_of(std::string(R"({"query":"q",)") + member + "}"), "") << member;
  EXPECT_NE(errors_of("{}"), "") << "no query";
  EXPECT_NE(errors_of("[1]"), "") << "no object";
}

TEST(SearchRequests, QueryStringHasTheSameMembers) {
  FieldErrors errors;
  const QueryInput query = read_search_query(
      "?query=hot+water%3F&top_k=2&filter=%7B%22author%22%3A%22Al%22%7D&min_score=0.5&explain=true&mode=rrf"
      "&syntax=true&typos=1&prefix=false",
      100, errors);
  EXPECT_TRUE(errors.empty()) << errors.to_json();
  EXPECT_EQ(query.text, "hot water?");
  EXPECT_EQ(query.top_k, 2u);
  EXPECT_EQ(query.filter, kByAl);
  EXPECT_EQ(query.min_score, 0.5);
  EXPECT_EQ(query.mode, SearchMode::kRrf);
  EXPECT_TRUE(query.explain && query.syntax && query.typos);
  EXPECT_FALSE(query.prefix);
  for (const char* wrong :
       {"", "?top_k=2", "?query=q&filter=author", "?query=q&other=1", "?query=q&top_k=x"}) {
    FieldErrors found;
    (void)read_search_query(wrong, 100, found);
    EXPECT_FALSE(found.empty()) << wrong;
  }
}

TEST(SearchRequests, WhyNeedsADocument) {
  FieldErrors errors;
  const WhyInput input = read_why_query("?query=q&document_id=d%201&top_k=3", 100, errors);
  EXPECT_TRUE(errors.empty()) << errors.to_json();
  EXPECT_EQ(input.document_id, "d 1");
  EXPECT_EQ(input.query.top_k, 3u);
  FieldErrors missing;
  (void)read_why_query("?query=q", 100, missing);
  EXPECT_FALSE(missing.empty());
}

}  // namespace
}  // namespace rappel
