#include "store/filter_json.h"

#include <gtest/gtest.h>

namespace rappel {
namespace {

Metadata example() {
  Metadata m;
  m.author = "Al";
  m.source = "chat";
  m.filesize = 12;
  m.created_at = Timestamp{"2024-05-06", 1714953600};
  m.custom = {{"pages", std::int64_t{3}},
              {"department", std::string("sales")},
              {"due", Timestamp{"2024-05-06", 1714953600}},
              {"start_date", Timestamp{"2030-01-01", 1893456000}},
              {"tags", std::vector<std::string>{"red"}}};
  return m;
}

bool holds(const char* json) {
  const auto filter = read_filter(*parse_json(json));
  EXPECT_TRUE(filter.ok()) << json << ": " << filter.status().to_string();
  return filter.ok() && matches(*filter, "d", example());
}

std::string refusal(const char* json) {
  const auto filter = read_filter(*parse_json(json));
  EXPECT_FALSE(filter.ok()) << json;
  return filter.status().message();
}

TEST(FilterJson, PlainValuesListsAndOperators) {
  for (const char* yes :
       {"{}",
        R"({"author":"Al"})",
        R"({"author":null})",
        R"({"document_id":"d","source":"chat"})",
        R"({"pages":3})",
        R"({"pages":{"gte":3,"lt":4}})",
        R"({"pages":{"$gt":2.5}})",
        R"({"tags":"red"})",
        R"({"department":["it","sales"]})",
        R"({"department":{"in":["sales"]}})",
        R"({"department":{"ne":"it"}})",
        R"({"department":{"exists":true}})",
        R"({"other":{"exists":false}})",
        R"({"due":{"gte":"2024-05-06","lte":"2024-05-06"}})",
        R"({"filesize":{"lte":12}})",
        R"({"start_date":"2024-05-06","end_date":"2024-05-06T23:00:00Z"})",
        R"({"created_at":{"gt":"2024-05-05"}})",
        R"({"start_date":{"gte":"2029-01-01"}})",
        R"({"other":{"ne":"x"}})",
        R"({"other":{"$nin":["x"]}})",
        R"({"department":{"$nin":["it","hr"]}})",
        R"({"$or":[{"author":"Ben"},{"pages":{"$gt":2}}]})",
        R"({"$and":[{"author":"Al"},{"source":"chat"}]})",
        R"({"$nor":[{"author":"Ben"},{"pages":4}]})",
        R"({"$not":{"author":"Ben"},"source":"chat"})",
        R"({"pages":{"$not":{"$gt":3}}})",
        R"({"other":{"$not":{"$eq":1}}})",
        R"({"department":{"$prefix":"sa","$contains":"les"}})",
        R"({"tags":{"$contains":"red"}})",
        R"({"$or":[{"$and":[{"author":"Al"},{"$not":{"source":"file"}}]},{"author":"Ben"}]})"})
    EXPECT_TRUE(holds(yes)) << yes;
  for (const char* no :
       {R"({"author":"al"})", R"({"pages":"3"})", R"({"pages":{"gte":3,"lt":3}})", R"({"department":[]})",
        R"({"other":"x"})", R"({"start_date":"2024-05-07"})", R"({"tags":{"ne":"red"}})",
        R"({"$or":[{"author":"Ben"},{"pages":4}]})", R"({"$nor":[{"author":"Al"}]})",
        R"({"pages":{"$nin":[3]}})", R"({"other":{"$prefix":"x"}})", R"({"$not":{"author":"Al"}})",
        R"({"author":"Al","$or":[{"source":"file"}]})"})
    EXPECT_FALSE(holds(no)) << no;
}

TEST(FilterJson, MistakesAreNamed) {
  EXPECT_EQ(refusal(R"({"pages":{"above":3}})"),
            "filter pages: unknown operator \"above\"; the operators are eq, ne, gt, gte, lt, lte, in, nin, "
            "exists, "
            "prefix, contains, not");
  EXPECT_NE(refusal(R"({"$xor":[]})").find("\"$xor\" is no key"), std::string::npos);
  EXPECT_NE(refusal(R"({"$or":[]})").find("at least one"), std::string::npos);
  EXPECT_NE(refusal(R"({"$and":{"author":"Al"}})").find("expects a list"), std::string::npos);
  EXPECT_NE(refusal(R"({"$or":["Al"]})").find("a filter is a JSON object"), std::string::npos);
  EXPECT_NE(refusal(R"({"$or":[{}]})").find("match everything"), std::string::npos);
  EXPECT_NE(refusal(R"({"$or":[{"author":null}]})").find("null"), std::string::npos);
  EXPECT_NE(refusal(R"({"department":{"$prefix":3}})").find("prefix expects a string"), std::string::npos);
  EXPECT_NE(refusal(R"({"department":{"$prefix":""}})").find("not empty"), std::string::npos);
  EXPECT_NE(refusal(R"({"department":{"contains":""}})").find("not empty"), std::string::npos);
  EXPECT_NE(refusal(R"({"department":{"$nin":"it"}})").find("nin expects a list"), std::string::npos);
  EXPECT_NE(refusal(R"({"department":{"$not":"it"}})").find("not expects"), std::string::npos);
  EXPECT_NE(refusal(R"({"department":null})").find("filter department: null"), std::string::npos);
  EXPECT_NE(refusal(R"({"department":{}})").find("expected an operator"), std::string::npos);
  EXPECT_NE(refusal(R"({"department":{"gt":"a"}})").find("gt expects a number or a date"), std::string::npos);
  EXPECT_NE(refusal(R"({"department":{"in":"a"}})").find("in expects a list"), std::string::npos);
  EXPECT_NE(refusal(R"({"department":{"exists":1}})").find("true or false"), std::string::npos);
  EXPECT_NE(refusal(R"({"department":{"eq":[1]}})").find("eq expects"), std::string::npos);
  EXPECT_NE(refusal(R"({"department":[["a"]]})").find("filter department"), std::string::npos);
  EXPECT_NE(refusal(R"({"source":"web"})").find("email, file or chat"), std::string::npos);
  EXPECT_NE(refusal(R"({"filesize":{"gte":"x"}})").find("whole number"), std::string::npos);
  EXPECT_NE(refusal(R"({"start_date":"soon"})").find("filter start_date"), std::string::npos);
  EXPECT_EQ(refusal(R"({"source":"bogus"})"), "filter source: expected email, file or chat, not 'bogus'");
  EXPECT_NE(refusal(R"({"":1})").find("empty"), std::string::npos);
  EXPECT_NE(refusal(R"({"author":{"$eq":null}})").find("eq expects"), std::string::npos);
  EXPECT_NE(refusal(R"({"author":{"$in":[null]}})").find("strings, numbers and booleans"), std::string::npos);
  EXPECT_NE(refusal(R"({"author":{"$EQ":"Al"}})").find("unknown operator"), std::string::npos);
  EXPECT_NE(refusal(R"({"created_at":{"gte":1714953600}})").find("a date such as"), std::string::npos);
  EXPECT_NE(refusal(R"({"due":{"gte":{"date":"2024-05-06"}}})").find("gte expects"), std::string::npos);
  EXPECT_NE(refusal(R"({"due":{"date":"2024-05-06","type":"date"}})").find("unknown operator"),
            std::string::npos);
}

TEST(FilterJson, LevelsAreBounded) {
  const std::string pair = R"({"author":"Al","source":"chat"})";
  for (const auto& [open, close] : {std::pair{R"({"$not":)", "}"},
                                    {R"({"$and":[)", "]}"},
                                    {R"({"$nor":[)", "]}"},
                                    {R"({"source":"chat","$or":[)", "]}"}}) {
    const auto nested = [&](std::size_t levels) {
      std::string json = pair;
      for (std::size_t i = 0; i < levels; ++i) json = open + json + close;
      return json;
    };
    const auto deepest = read_filter(*parse_json(nested(kMaxFilterDepth - 1)));
    ASSERT_TRUE(deepest.ok()) << open << deepest.status().to_string();
    EXPECT_TRUE(check_filter(*deepest).ok()) << open << ": stores take what is read";
    EXPECT_NE(refusal(nested(kMaxFilterDepth).c_str()).find("at most 16 levels"), std::string::npos);
  }
}

}  // namespace
}  // namespace rappel
