// The OpenAPI document of the search against the program: routes, members that are read, members written.
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "codec/json.h"
#include "server/documents/assets.h"
#include "server/http/json_writer.h"
#include "server/search/requests.h"
#include "server/search/responses.h"
#include "server/search/search.h"

namespace rappel {
namespace {

using Names = std::set<std::string>;

Json document() {
  auto parsed = parse_json(asset("search-api.json"));
  EXPECT_TRUE(parsed.ok());
  return std::move(*parsed);
}

Names keys_of(const Json& object) {
  Names names;
  for (const auto& [name, value] : object.items()) names.insert(name);
  return names;
}

Names parameters_of(const Json& operation) {
  Names names;
  for (const Json& parameter : operation["parameters"]) names.insert(parameter["name"].get<std::string>());
  return names;
}

// An answer with everything that is optional.
QueryOutput full_output() {
  QueryOutput output{.next = "page", .cut = 1, .gone = 1};
  output.results.push_back({.highlights = {{0, 1}},
                            .best_sentence = TextRange{0, 1},
                            .hidden = 1,
                            .duplicates = {"a_0"},
                            .shortened = true,
                            .explanation = Explanation{.signals = {{.signal = "dense"}}}});
  output.results[0].chunk.metadata = std::make_shared<const Metadata>();
  output.explanation = QueryExplanation{.mode = "hybrid",
                                        .signals = {{.signal = "dense"}},
                                        .found = 1,
                                        .guesses = {{"w", {"v"}}},
                                        .reading = QueryReading{.fields = {{}}}};
  return output;
}

void expect_members(const Json& schema, const Json& written, const std::string& where) {
  EXPECT_EQ(keys_of(schema["properties"]), keys_of(written)) << where;
}

TEST(SearchOpenApi, TheDocumentHasTheRoutesAndNoOthers) {
  const CoreGate gate(nullptr);
  const ProtocolOptions options;
  const std::string public_url;
  const auto search = search_protocol({options, public_url, gate, {}});
  Names routes, described;
  for (const Route& route : search->routes())
    for (const Method method : route.methods)
      routes.insert(std::string(method_name(method)) + " " + std::string(route.path));
  const Json json = document();
  for (const auto& [path, methods] : json["paths"].items())
    for (std::string method : keys_of(methods)) {
      for (char& c : method) c = static_cast<char>(std::toupper(c));
      described.insert(method + " " + path);
    }
  EXPECT_EQ(described, routes);
}

TEST(SearchOpenApi, RequestsHaveTheMembersThatAreRead) {
  const Json json = document();
  Names members;
  for (const std::string_view name : search_members()) members.insert(std::string(name));
  EXPECT_EQ(keys_of(json["components"]["schemas"]["SearchRequest"]["properties"]), members);
  EXPECT_EQ(parameters_of(json["paths"]["/v1/search"]["get"]), members);
  members.insert("document_id");
  EXPECT_EQ(keys_of(json["components"]["schemas"]["WhyRequest"]["properties"]), members);
  EXPECT_EQ(parameters_of(json["paths"]["/v1/why"]["get"]), members);
}

TEST(SearchOpenApi, ModesAreThoseOfRetrieval) {
  Json names = Json::array();
  for (const SearchModeInfo& mode : search_modes()) names.push_back(mode.name);
  const Json json = document();
  EXPECT_EQ(json["components"]["schemas"]["SearchRequest"]["properties"]["mode"]["enum"], names);
}

TEST(SearchOpenApi, AnswersHaveTheMembersThatAreWritten) {
  const Json schemas = document()["components"]["schemas"];
  const auto answer = parse_json(search_response(full_output(), {}, ByteHold(nullptr, "")).body);
  ASSERT_TRUE(answer.ok());
  expect_members(schemas["SearchAnswer"], *answer, "answer");
  const Json& explained = schemas["SearchAnswer"]["properties"]["explain"];
  expect_members(explained, (*answer)["explain"], "explain");
  expect_members(explained["properties"]["stages"], (*answer)["explain"]["stages"], "stages");
  expect_members(explained["properties"]["signals"]["items"], (*answer)["explain"]["signals"][0], "signals");
  expect_members(explained["properties"]["guesses"]["items"], (*answer)["explain"]["guesses"][0], "guesses");
  expect_members(explained["properties"]["dropped"]["items"], (*answer)["explain"]["dropped"][0], "dropped");
  expect_members(explained["properties"]["stages_ms"], (*answer)["explain"]["stages_ms"], "stages_ms");
  const Json& reading = explained["properties"]["reading"];
  expect_members(reading, (*answer)["explain"]["reading"], "reading");
  expect_members(reading["properties"]["fields"]["items"], (*answer)["explain"]["reading"]["fields"][0],
                 "fields");
  expect_members(schemas["SearchAnswer"]["properties"]["took_ms"], (*answer)["took_ms"], "took_ms");
  const Json& result = (*answer)["results"][0];
  expect_members(schemas["SearchResult"], result, "result");
  expect_members(schemas["SearchExplanation"], result["explain"], "explanation");
  expect_members(schemas["SearchExplanation"]["properties"]["signals"]["items"],
                 result["explain"]["signals"][0], "part");
  expect_members(schemas["WhyAnswer"], *parse_json(why_response({}).body), "why");
}

TEST(SearchOpenApi, ReasonsAreThoseOfRetrieval) {
  Json names = Json::array();
  for (const WhyReasonInfo& info : why_reasons()) {
    EXPECT_EQ(why_name(info.reason), info.name);
    names.push_back(info.name);
  }
  EXPECT_EQ(document()["components"]["schemas"]["WhyAnswer"]["properties"]["reason"]["enum"], names);
}

}  // namespace
}  // namespace rappel
