// JSON positions, coercions and wording: what Python's json and pydantic 1.10 say for the same bodies.
#include "server/input/validation.h"

#include <gtest/gtest.h>

#include <limits>

#include "server/http/json_writer.h"
#include "server/input/documents.h"
#include "server/plugin/requests.h"

namespace rappel {
namespace {

JsonValue parse(std::string_view text) {
  auto parsed = read_body_json(text);
  EXPECT_TRUE(std::holds_alternative<JsonValue>(parsed)) << text;
  return std::holds_alternative<JsonValue>(parsed) ? std::get<JsonValue>(parsed) : JsonValue();
}

std::string fault_of(std::string_view text) {
  auto parsed = read_body_json(text);
  const auto* fault = std::get_if<JsonFault>(&parsed);
  return fault ? fault->full_message() : "accepted";
}

TEST(Numbers, OutOfRangeIsZeroOrInfinity) {
  const auto number = [](const std::string& digits) { return number_of(JsonFloat{digits}); };
  const double infinity = std::numeric_limits<double>::infinity();
  const std::string zeros(400, '0');
  EXPECT_EQ(number("0." + zeros + "1"), 0.0);
  EXPECT_EQ(number("-0." + zeros + "12e5"), 0.0);
  EXPECT_EQ(number("1e-400"), 0.0);
  EXPECT_EQ(number("1" + zeros + "e-800"), 0.0);
  EXPECT_EQ(number("1e-99999999999999999999"), 0.0);
  EXPECT_EQ(number("1" + zeros + ".5e-2"), infinity);
  EXPECT_EQ(number("-1e400"), -infinity);
  EXPECT_EQ(number("0." + zeros + "1e900"), infinity);
  EXPECT_EQ(number("1E99999999999999999999"), infinity);
  EXPECT_EQ(number("0e99999999999999999999"), 0.0);
  EXPECT_EQ(number("1" + zeros + "e-400"), 1.0);
}

struct FaultCase {
  const char* text;
  const char* message;
};

class Fault : public testing::TestWithParam<FaultCase> {};

TEST_P(Fault, HasPythonsWordingAndPlace) { EXPECT_EQ(fault_of(GetParam().text), GetParam().message); }

INSTANTIATE_TEST_SUITE_P(
    Json, Fault,
    testing::Values(
        FaultCase{"{\"queries\":", "Expecting value: line 1 column 12 (char 11)"},
        FaultCase{" ", "Expecting value: line 1 column 2 (char 1)"},
        FaultCase{"{", "Expecting property name enclosed in double quotes: line 1 column 2 (char 1)"},
        FaultCase{"{\"a\":1,}",
                  "Expecting property name enclosed in double quotes: line 1 column 8 (char 7)"},
        FaultCase{"{\"a\" 1}", "Expecting ':' delimiter: line 1 column 6 (char 5)"},
        FaultCase{"{\"a\":1 \"b\":2}", "Expecting ',' delimiter: line 1 column 8 (char 7)"},
        FaultCase{"[1 2]", "Expecting ',' delimiter: line 1 column 4 (char 3)"},
        FaultCase{"[", "Expecting value: line 1 column 2 (char 1)"},
        FaultCase{"[1,]", "Expecting value: line 1 column 4 (char 3)"},
        FaultCase{"[1", "Expecting ',' delimiter: line 1 column 3 (char 2)"},
        FaultCase{"{\"a\":tru}", "Expecting value: line 1 column 6 (char 5)"},
        FaultCase{"nul", "Expecting value: line 1 column 1 (char 0)"},
        FaultCase{"-", "Expecting value: line 1 column 1 (char 0)"},
        FaultCase{"[01]", "Expecting ',' delimiter: line 1 column 3 (char 2)"},
        FaultCase{"1.e5", "Extra data: line 1 column 2 (char 1)"},
        FaultCase{"1e", "Extra data: line 1 column 2 (char 1)"},
        FaultCase{"{} x", "Extra data: line 1 column 4 (char 3)"},
        FaultCase{"{\n\"a\":\n  \"b\" c}", "Expecting ',' delimiter: line 3 column 7 (char 13)"},
        FaultCase{"\"ab", "Unterminated string starting at: line 1 column 1 (char 0)"},
        FaultCase{"\"ab\\", "Unterminated string starting at: line 1 column 1 (char 0)"},
        FaultCase{"\"a\tb\"", "Invalid control character at: line 1 column 3 (char 2)"},
        FaultCase{"\"a\\qb\"", "Invalid \\escape: line 1 column 3 (char 2)"},
        FaultCase{"\"\\u12\"", "Invalid \\uXXXX escape: line 1 column 3 (char 2)"},
        FaultCase{"\"\\u12G4\"", "Invalid \\uXXXX escape: line 1 column 3 (char 2)"},
        // Positions are code points: two letters of two and four bytes stand before the fault.
        FaultCase{"\"\xC3\xA9\xF0\x9F\x98\x80\" x", "Extra data: line 1 column 6 (char 5)"},
        FaultCase{"\xEF\xBB\xBF[", "Expecting value: line 1 column 2 (char 1)"},
        // Stricter than Python.
        FaultCase{"NaN", "Expecting value: line 1 column 1 (char 0)"},
        FaultCase{"\"\\ud800\"", "Lone surrogate in \\uXXXX escape: line 1 column 2 (char 1)"},
        FaultCase{"\"\\ude00x\"", "Lone surrogate in \\uXXXX escape: line 1 column 2 (char 1)"},
        FaultCase{"\"\\ud83d\\u0041\"", "Lone surrogate in \\uXXXX escape: line 1 column 2 (char 1)"}));

TEST(BodyJson, ReadsValues) {
  const JsonValue value = parse(R"( {"a":[1,-2.50e1,true,null,"x\u00e9\ud83d\ude00\n"],"a2":{},"a":[]} )");
  const auto* object = value.as<JsonObject>();
  ASSERT_TRUE(object);
  ASSERT_EQ(object->size(), 3u);
  const auto& items = *(*object)[0].second.as<JsonArray>();
  EXPECT_EQ(items[0].as<JsonInteger>()->digits, "1");
  EXPECT_EQ(items[1].as<JsonFloat>()->digits, "-2.50e1");
  EXPECT_EQ(*items[4].as<std::string>(), "x\xC3\xA9\xF0\x9F\x98\x80\n");
  EXPECT_TRUE(find_member(*object, "a")->as<JsonArray>()->empty()) << "the last of equal members wins";
  EXPECT_EQ(find_member(*object, "none"), nullptr);
}

// Two bytes of text are a value of many bytes in memory.
TEST(BodyJson, ValuesAreCounted) {
  std::string text = "[";
  for (int i = 0; i < 10'000; ++i) text += "[],";
  text += "1]";
  ByteBudget budget(std::size_t{4} << 20);
  {
    ByteHold memory(&budget, "a");
    ASSERT_TRUE(std::holds_alternative<JsonValue>(read_body_json(text, {.memory = &memory})));
    EXPECT_GE(budget.used(), 9000 * kJsonValueBytes);
    ByteHold small(&budget, "b", 1000);
    EXPECT_TRUE(std::holds_alternative<JsonValue>(read_body_json("[1,2,3]", {.memory = &small})));
    const auto refused = read_body_json(text, {.memory = &small});
    EXPECT_EQ(std::get<JsonFault>(refused).kind, JsonFault::Kind::kNoMemory);
  }
  EXPECT_EQ(budget.used(), 0u);
}

TEST(BodyJson, BoundsAndBytes) {
  const auto kind_of = [](const std::string& text, JsonBounds bounds = {}) {
    const auto parsed = read_body_json(text, bounds);
    const auto* fault = std::get_if<JsonFault>(&parsed);
    return fault ? static_cast<int>(fault->kind) : -1;
  };
  const int complex = static_cast<int>(JsonFault::Kind::kTooComplex);
  EXPECT_EQ(kind_of(std::string(64, '[') + std::string(64, ']')), -1);
  EXPECT_EQ(kind_of(std::string(100'000, '[')), complex);
  EXPECT_EQ(kind_of("[1,2,3]", JsonBounds{64, 3}), complex);
  EXPECT_EQ(kind_of("\"\xFF\""), static_cast<int>(JsonFault::Kind::kNotText));
}

template <class T>
std::string show(const std::optional<T>& value, const FieldErrors& errors) {
  if (!value) return errors.to_json();
  std::ostringstream out;
  out << *value;
  return out.str();
}

std::string detail(const char* message, const char* type, const std::string& context = "") {
  return std::string(R"({"detail":[{"loc":["v"],"msg":")") + message + R"(","type":")" + type + "\"" +
         (context.empty() ? "" : ",\"ctx\":" + context) + "}]}";
}

std::string text_of(const char* json) {
  FieldErrors errors;
  return show(read_text(parse(json), FieldPath{nullptr, "v", 0}, errors), errors);
}

std::string integer_of(const char* json) {
  FieldErrors errors;
  return show(read_integer(parse(json), FieldPath{nullptr, "v", 0}, errors), errors);
}

std::string boolean_of(const char* json) {
  FieldErrors errors;
  return show(read_boolean(parse(json), FieldPath{nullptr, "v", 0}, errors), errors);
}

TEST(Coercion, Text) {
  EXPECT_EQ(text_of("\"x\""), "x");
  EXPECT_EQ(text_of("12"), "12");
  EXPECT_EQ(text_of("123456789012345678901234567890"), "123456789012345678901234567890");
  EXPECT_EQ(text_of("-0"), "0");
  EXPECT_EQ(text_of("1.50"), "1.5");
  EXPECT_EQ(text_of("2.0"), "2.0");
  EXPECT_EQ(text_of("1e16"), "1e+16");
  EXPECT_EQ(text_of("1e15"), "1000000000000000.0");
  EXPECT_EQ(text_of("0.0001"), "0.0001");
  EXPECT_EQ(text_of("0.00001"), "1e-05");
  EXPECT_EQ(text_of("1e999"), "inf");
  EXPECT_EQ(text_of("1e-999"), "0.0");
  EXPECT_EQ(text_of("true"), "True");
  EXPECT_EQ(text_of("null"), detail("none is not an allowed value", "type_error.none.not_allowed"));
  EXPECT_EQ(text_of("[]"), detail("str type expected", "type_error.str"));
}

TEST(Coercion, Integer) {
  const std::string refused = detail("value is not a valid integer", "type_error.integer");
  EXPECT_EQ(integer_of("5"), "5");
  EXPECT_EQ(integer_of("\"5\""), "5");
  EXPECT_EQ(integer_of("\" +1_000 \""), "1000");
  EXPECT_EQ(integer_of("\"-7\""), "-7");
  EXPECT_EQ(integer_of("2.7"), "2");
  EXPECT_EQ(integer_of("-2.7"), "-2");
  EXPECT_EQ(integer_of("true"), "1");
  EXPECT_EQ(integer_of("9223372036854775807"), "9223372036854775807");
  EXPECT_EQ(integer_of("-9223372036854775808"), "-9223372036854775808");
  EXPECT_EQ(integer_of("99999999999999999999"), "9223372036854775807");
  EXPECT_EQ(integer_of("-1e30"), "-9223372036854775808");
  EXPECT_EQ(integer_of("1e999"), refused);
  for (const char* bad :
       {"\"abc\"", "\"2.7\"", "\"\"", "\"1__0\"", "\"_1\"", "\"1_\"", "\"- 1\"", "[]", "{}"})
    EXPECT_EQ(integer_of(bad), refused) << bad;
}

TEST(Coercion, Boolean) {
  for (const char* yes : {"true", "1", "1.0", "\"yes\"", "\"ON\"", "\"t\"", "\"1\""})
    EXPECT_EQ(boolean_of(yes), "1");
  for (const char* no : {"false", "0", "0.0", "-0", "\"No\"", "\"off\"", "\"f\""})
    EXPECT_EQ(boolean_of(no), "0") << no;
  for (const char* bad : {"2", "\"\"", "\"maybe\"", "[]", "0.5"})
    EXPECT_EQ(boolean_of(bad), detail("value could not be parsed to a boolean", "type_error.bool")) << bad;
}

TEST(Coercion, Bounds) {
  const auto bounded = [](const char* json) {
    FieldErrors errors;
    return show(read_bounded(parse(json), 1, 1000, FieldPath{nullptr, "v", 0}, errors), errors);
  };
  EXPECT_EQ(bounded("1"), "1");
  EXPECT_EQ(bounded("1000"), "1000");
  EXPECT_EQ(bounded("0"), detail("ensure this value is greater than or equal to 1",
                                 "value_error.number.not_ge", R"({"limit_value":1})"));
  EXPECT_EQ(bounded("1001"), detail("ensure this value is less than or equal to 1000",
                                    "value_error.number.not_le", R"({"limit_value":1000})"));
}

std::string query_errors(std::string_view json) {
  FieldErrors errors;
  read_query_request(parse(json), RequestBounds(), errors);
  return errors.to_json();
}

TEST(Requests, SeveralErrorsComeInFieldOrder) {
  EXPECT_EQ(
      query_errors(
          R"({"queries":[{"top_k":"abc","filter":{"end_date":"01/21/2021","source":"web"},"query":[]}, 5]})"),
      R"({"detail":[)"
      R"({"loc":["body","queries",0,"query"],"msg":"str type expected","type":"type_error.str"},)"
      R"({"loc":["body","queries",0,"filter","source"],"msg":"value is not a valid enumeration member; permitted: )"
      R"('email', 'file', 'chat'","type":"type_error.enum","ctx":{"enum_values":["email","file","chat"]}},)"
      R"({"loc":["body","queries",0,"filter","end_date"],"msg":"invalid datetime format: use ISO 8601, such as )"
      R"(2021-01-21 or 2021-01-21T10:00:00Z","type":"value_error.datetime"},)"
      R"({"loc":["body","queries",0,"top_k"],"msg":"value is not a valid integer","type":"type_error.integer"},)"
      R"({"loc":["body","queries",1],"msg":"value is not a valid dict","type":"type_error.dict"}]})");
}

TEST(Requests, MissingAndWrongContainers) {
  const std::string missing =
      R"({"detail":[{"loc":["body","queries"],"msg":"field required","type":"value_error.missing"}]})";
  EXPECT_EQ(query_errors("{}"), missing);
  EXPECT_EQ(query_errors("[]"), missing);
  EXPECT_EQ(query_errors("7"),
            R"({"detail":[{"loc":["body"],"msg":"value is not a valid dict","type":"type_error.dict"}]})");
  EXPECT_EQ(
      query_errors(R"({"queries":{}})"),
      R"({"detail":[{"loc":["body","queries"],"msg":"value is not a valid list","type":"type_error.list"}]})");
  EXPECT_EQ(query_errors(R"({"queries":null})"),
            R"({"detail":[{"loc":["body","queries"],"msg":"none is not an allowed value",)"
            R"("type":"type_error.none.not_allowed"}]})");
}

TEST(Requests, TooManyErrorsAreCut) {
  std::string body = R"({"queries":[)";
  for (int i = 0; i < 900; ++i) body += "1,";
  FieldErrors errors;
  read_query_request(parse(body + "1]}"), RequestBounds(), errors);
  EXPECT_TRUE(errors.full());
  EXPECT_LT(errors.to_json().size(), 100 * FieldErrors::kMaxErrors);
}

TEST(Requests, Query) {
  FieldErrors errors;
  const auto queries =
      read_query_request(parse(R"({"queries":[{"query":5,"top_k":null,"filter":null,"unknown":1},
                {"query":"q","top_k":"7","filter":{"author":"A","start_date":"2021-01-21","end_date":"2021-01-21T10:00:00-02:00"}}]})"),
                         RequestBounds(), errors);
  EXPECT_EQ(errors.to_json(), R"({"detail":[]})");
  ASSERT_EQ(queries.size(), 2u);
  EXPECT_EQ(queries[0].text, "5");
  EXPECT_FALSE(queries[0].top_k);
  EXPECT_TRUE(queries[0].filter.unrestricted());
  EXPECT_EQ(queries[1].top_k, 7u);
  ASSERT_EQ(queries[1].filter.children.size(), 3u);
  EXPECT_EQ(queries[1].filter.children[0].values, (std::vector<MetadataValue>{"A"}));
  EXPECT_EQ(std::get<Timestamp>(queries[1].filter.children[1].values[0]).second, 1611187200);
  EXPECT_EQ(std::get<Timestamp>(queries[1].filter.children[2].values[0]).second, 1611230400);
}

TEST(Requests, QueryNamesTheUnitOfItsResults) {
  FieldErrors errors;
  const auto queries = read_query_request(
      parse(R"({"queries":[{"query":"q"},{"query":"q","return":null},{"query":"q","return":"chunk"},)"
            R"({"query":"q","return":"section"}]})"),
      RequestBounds(), errors);
  ASSERT_EQ(queries.size(), 4u);
  EXPECT_FALSE(queries[0].unit || queries[1].unit);
  EXPECT_EQ(queries[2].unit, ResultUnit::kChunk);
  EXPECT_EQ(queries[3].unit, ResultUnit::kSection);
  EXPECT_TRUE(errors.empty());
  read_query_request(parse(R"({"queries":[{"query":"q","return":"page"}]})"), RequestBounds(), errors);
  EXPECT_NE(errors.to_json().find(R"("loc":["body","queries",0,"return"])"), std::string::npos);
  EXPECT_NE(errors.to_json().find("permitted: 'chunk', 'section'"), std::string::npos);
}

TEST(Requests, Upsert) {
  FieldErrors errors;
  const auto documents = read_upsert_request(
      parse(
          R"({"documents":[{"id":12,"text":"t","metadata":{"source":"email","created_at":"2021-01-21","filesize":"9","x":1}},
                {"id":"","text":"u","metadata":null}]})"),
      10, errors);
  EXPECT_TRUE(errors.empty());
  ASSERT_EQ(documents.size(), 2u);
  EXPECT_EQ(documents[0].id, "12");
  EXPECT_EQ(documents[0].metadata.source, "email");
  EXPECT_EQ(documents[0].metadata.filesize, 9);
  EXPECT_FALSE(documents[1].id) << "an empty id asks for a new one";

  read_upsert_request(parse(R"({"documents":[{"id":1,"metadata":{"created_at":""}}]})"), 10, errors);
  EXPECT_EQ(
      errors.to_json(),
      R"({"detail":[{"loc":["body","documents",0,"text"],"msg":"field required","type":"value_error.missing"},)"
      R"({"loc":["body","documents",0,"metadata","created_at"],"msg":"invalid datetime format: use ISO 8601, such as )"
      R"(2021-01-21 or 2021-01-21T10:00:00Z","type":"value_error.datetime"}]})");
}

TEST(Requests, DeleteNeverTakesAnEmptyFilterForAll) {
  FieldErrors errors;
  for (const char* body :
       {R"({"filter":{}})",
        R"({"filter":{"document_id":null,"source":null,"source_id":null,"author":null,"start_date":null,)"
        R"("end_date":null}})",
        R"({"filter":null,"delete_all":false})"}) {
    const DeleteInput request = read_delete_request(parse(body), errors);
    EXPECT_FALSE(request.filter || request.delete_all || !request.ids.empty()) << body;
  }
  const DeleteInput request = read_delete_request(parse(R"({"ids":[1,"b"],"delete_all":"yes"})"), errors);
  EXPECT_EQ(request.ids, (std::vector<std::string>{"1", "b"}));
  EXPECT_TRUE(request.delete_all);
  EXPECT_TRUE(errors.empty());
}

TEST(Requests, DeleteRefusesFiltersThatNullOrARepeatedKeyWiden) {
  for (const char* filter : {R"({"author":null})", R"({"source":"chat","author":null})", R"({"url":null})",
                             R"({"author":"A","author":"B"})", R"({"author":"A","author":null})",
                             R"({"$or":[{"pages":{"$gt":9,"$gt":1}}]})"}) {
    FieldErrors errors;
    read_delete_request(parse(std::string(R"({"filter":)") + filter + "}"), errors);
    EXPECT_NE(errors.to_json().find(R"(["body","filter",)"), std::string::npos) << filter;
    FieldErrors none;
    read_list_request(parse(std::string(R"({"filter":)") + filter + "}"), none);
    EXPECT_TRUE(none.empty()) << filter << " selects what is listed";
  }
}

TEST(Requests, List) {
  FieldErrors errors;
  const ListInput list = read_list_request(parse(R"({"limit":0,"offset":null})"), errors);
  EXPECT_EQ(list.limit, 100u);
  EXPECT_EQ(list.offset, 0u);
  EXPECT_EQ(read_list_request(parse("{}"), errors).limit, 100u);
  EXPECT_EQ(read_list_request(parse(R"({"limit":7,"offset":3})"), errors).offset, 3u);
  EXPECT_TRUE(errors.empty());
  read_list_request(parse(R"({"limit":-1,"offset":-1})"), errors);
  EXPECT_EQ(errors.to_json(),
            R"({"detail":[{"loc":["body","limit"],"msg":"ensure this value is greater than or equal to 0",)"
            R"("type":"value_error.number.not_ge","ctx":{"limit_value":0}},{"loc":["body","offset"],)"
            R"("msg":"ensure this value is greater than or equal to 0","type":"value_error.number.not_ge",)"
            R"("ctx":{"limit_value":0}}]})");
}

// Work that grows with the square of the members would not end within the time limit of a test.
TEST(Requests, ObjectsAndFiltersOfManyMembersAreRefused) {
  std::string members;
  for (int i = 0; i < 400'000; ++i) members += (i == 0 ? "\"k" : ",\"k") + std::to_string(i) + "\":1";
  for (const std::string& filter : {"{\"pages\":{" + members + "}}", "{" + members + "}"}) {
    FieldErrors errors;
    read_list_request(parse("{\"filter\":" + filter + "}"), errors);
    EXPECT_FALSE(errors.empty());
  }
  FieldErrors errors;
  read_upsert_request(parse("{\"documents\":[{\"text\":\"x\",\"metadata\":{\"a\":{" + members + "}}}]}"), 10,
                      errors);
  EXPECT_NE(errors.to_json().find("list of strings"), std::string::npos) << errors.to_json();
}

TEST(JsonWriter, EscapesAndRepairs) {
  EXPECT_EQ(JsonWriter().string("a\"\\\n\r\t\b\f\x01/\x7F\xC3\xA9").take(),
            "\"a\\\"\\\\\\n\\r\\t\\b\\f\\u0001/\x7F\xC3\xA9\"");
  EXPECT_EQ(JsonWriter().string("x\xFFy\xED\xA0\x80").take(),
            "\"x\xEF\xBF\xBDy\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\"");
  EXPECT_EQ(JsonWriter().begin_array().real(1).real(0.1f).real(0.5).null().end_array().take(),
            "[1.0,0.10000000149011612,0.5,null]");
}

}  // namespace
}  // namespace rappel
