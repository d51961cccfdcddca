// The OpenAPI documents against the program: the routes and methods of the plugin, the members that its
// readers take, and the members that its writers write.
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <regex>
#include <set>

#include "base/os/file.h"
#include "codec/json.h"
#include "server/documents/assets.h"
#include "server/http/json_writer.h"
#include "server/input/documents.h"
#include "server/plugin/plugin.h"
#include "server/plugin/requests.h"
#include "server/plugin/responses.h"
#include "server/plugin/test_yaml.h"

namespace rappel {
namespace {

using Names = std::set<std::string>;

Json document(const char* name) {
  auto parsed = parse_json(asset(name));
  EXPECT_TRUE(parsed.ok()) << name;
  return std::move(*parsed);
}

Names keys_of(const Json& object) {
  Names names;
  for (const auto& [name, value] : object.items()) names.insert(name);
  return names;
}

// "POST /query" for every operation of the document, with `root` before its paths.
Names operations(const Json& document, const std::string& root) {
  Names found;
  for (const auto& [path, methods] : document["paths"].items()) {
    for (std::string method : keys_of(methods)) {
      for (char& c : method) c = static_cast<char>(std::toupper(c));
      found.insert(method + " " + root + path);
    }
  }
  return found;
}

// The same of the API's routes; documents and pages are no operations.
Names api_routes() {
  const CoreGate gate(nullptr);
  const ProtocolOptions options;
  const std::string public_url;
  const auto plugin = plugin_protocol({options, public_url, gate, {}});
  Names found;
  for (const Route& route : plugin->routes())
    for (const Method method : route.methods)
      if (route.work != Work::kAtOnce)
        found.insert(std::string(method_name(method)) + " " + std::string(route.path));
  return found;
}

TEST(PluginOpenApi, TheDocumentsHaveTheRoutesAndNoOthers) {
  const Json sub = document("sub-openapi.json");
  Names described = operations(document("openapi.json"), "");
  described.merge(operations(sub, sub["servers"][0]["url"].get<std::string>()));
  EXPECT_EQ(described, api_routes());
}

TEST(PluginOpenApi, TheManifestsDocumentDescribesRoutes) {
  const Names described = operations(parse_test_yaml(asset("openapi.yaml")), "");
  const Names routes = api_routes();
  EXPECT_FALSE(described.empty());
  EXPECT_TRUE(std::includes(routes.begin(), routes.end(), described.begin(), described.end()));
}

// Where a schema stands in a request: a body with `members` ("\"a\":1,\"b\":2") as the members of that
// object, and the reader of the body.
struct Place {
  const char* schema;
  const char* required;  // members that the object cannot do without
  std::string before, after;
  std::function<void(const JsonValue&, FieldErrors&)> read;
};

std::vector<Place> places() {
  const auto upsert = [](const JsonValue& body, FieldErrors& errors) {
    (void)read_upsert_request(body, 10, errors);
  };
  const auto query = [](const JsonValue& body, FieldErrors& errors) {
    (void)read_query_request(body, {}, errors);
  };
  const auto list = [](const JsonValue& body, FieldErrors& errors) { (void)read_list_request(body, errors); };
  const auto remove = [](const JsonValue& body, FieldErrors& errors) {
    (void)read_delete_request(body, errors);
  };
  return {
      {"UpsertRequest", R"("documents":[])", "{", "}", upsert},
      {"Document", R"("text":"x")", R"({"documents":[{)", "}]}", upsert},
      {"DocumentMetadata", "", R"({"documents":[{"text":"x","metadata":{)", "}}]}", upsert},
      {"QueryRequest", R"("queries":[])", "{", "}", query},
      {"Query", R"("query":"x")", R"({"queries":[{)", "}]}", query},
      {"DocumentMetadataFilter", "", R"({"queries":[{"query":"x","filter":{)", "}}]}", query},
      {"ListDocumentsRequest", "", "{", "}", list},
      {"DocumentMetadataFilter", "", R"({"filter":{)", "}}", list},
      {"DeleteRequest", "", "{", "}", remove},
      {"DocumentMetadataFilter", "", R"({"filter":{)", "}}", remove},
  };
}

// Whether the reader looks at that member: a value that is wrong for every type makes an error that names it.
bool reads(const Place& place, const std::string& name) {
  std::string members = "\"" + name + "\":[[1]]";
  if (*place.required != '\0') members = std::string(place.required) + "," + members;  // the last one counts
  const auto body = read_body_json(place.before + members + place.after);
  EXPECT_TRUE(std::holds_alternative<JsonValue>(body)) << members;
  FieldErrors errors;
  place.read(std::get<JsonValue>(body), errors);
  const Json told = *parse_json(errors.to_json());
  for (const Json& error : told["detail"])
    for (const Json& step : error["loc"])
      if (step == name) return true;
  return false;
}

// Every word that a reader could know: members of all schemas, and the words in quotes of its source.
Names all_words(const Json& schemas) {
  Names words;
  for (const auto& [name, schema] : schemas.items())
    if (schema.contains("properties")) words.merge(keys_of(schema["properties"]));
  for (const char* file : {"src/server/plugin/requests.cc", "src/store/fields.cc"}) {
    const auto source = read_file(file, std::size_t{1} << 20);
    if (!source.ok()) continue;
    const std::regex quoted("\"([a-z_]+)\"");
    for (std::sregex_iterator it(source->begin(), source->end(), quoted), end; it != end; ++it)
      words.insert((*it)[1]);
  }
  return words;
}

TEST(PluginOpenApi, TheSchemasHaveTheMembersThatTheReadersTake) {
  const Json schemas = document("openapi.json")["components"]["schemas"];
  const Names words = all_words(schemas);
  for (const Place& place : places()) {
    const Json& schema = schemas[place.schema];
    const Names described = keys_of(schema["properties"]);
    const bool open = schema.contains("additionalProperties");
    for (const std::string& word : words) {
      const bool is_described = described.count(word) > 0;
      if (is_described || !open) {
        EXPECT_EQ(reads(place, word), is_described) << place.schema << "." << word;
      }
    }
  }
}

TEST(PluginOpenApi, TheOtherDocumentsHaveTheSchemasOfTheMainOne) {
  const Json all = document("openapi.json")["components"]["schemas"];
  for (const Json& other : {document("sub-openapi.json"), parse_test_yaml(asset("openapi.yaml"))})
    for (const auto& [name, schema] : other["components"]["schemas"].items())
      EXPECT_EQ(schema, all[name]) << name;
}

// The members of a written object, and of the objects in it, against the schema.
void compare(const Json& schemas, const std::string& name, const Json& written) {
  const Json& properties = schemas[name]["properties"];
  EXPECT_EQ(keys_of(written), keys_of(properties)) << name;
  for (const auto& [member, value] : written.items()) {
    if (!properties.contains(member)) continue;
    const Json& is = properties[member];
    const Json& inner = is.contains("items") ? is["items"] : is;
    const Json& one = value.is_array() && !value.empty() ? value[0] : value;
    if (inner.contains("$ref") && one.is_object()) {
      const std::string ref = inner["$ref"].get<std::string>();
      compare(schemas, ref.substr(ref.rfind('/') + 1), one);
    }
  }
}

TEST(PluginOpenApi, TheSchemasHaveTheMembersThatTheWritersWrite) {
  const Json schemas = document("openapi.json")["components"]["schemas"];
  QueryOutput output;
  Chunk& chunk = output.results.emplace_back().chunk;
  chunk.metadata = std::make_shared<const Metadata>();
  chunk.place = {.files = {"f"},
                 .page = 1,
                 .last_page = 2,
                 .page_label = "i",
                 .last_page_label = "ii",
                 .slide = 1,
                 .last_slide = 2,
                 .message = 1,
                 .sheet = "s",
                 .row = 1,
                 .last_row = 2,
                 .columns = "a\tb",
                 .chapter = "c",
                 .section = {"a"},
                 .last_section = {"b"}};
  DocumentPage page;
  page.documents.emplace_back();
  for (const auto& [name, response] : {std::pair("UpsertResponse", upsert_response({"a"}, ByteHold())),
                                       std::pair("QueryResponse", query_response({output}, ByteHold())),
                                       std::pair("DeleteResponse", delete_response(true)),
                                       std::pair("ListDocumentsResponse", list_response(page, ByteHold()))}) {
    const auto written = parse_json(response.body);
    ASSERT_TRUE(written.ok()) << response.body;
    compare(schemas, name, *written);
  }
}

}  // namespace
}  // namespace rappel
