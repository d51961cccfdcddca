// Every OpenAPI document of the repository lists the fields of store/fields.h, in their order and with their
// types, and allows custom keys.
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "server/plugin/test_openapi_documents.h"
#include "server/plugin/test_yaml.h"
#include "store/fields.h"
#include "store/types.h"

namespace rappel {
namespace {

using Names = std::vector<std::string>;

Names names_of(const Json& schema) {
  Names names;
  for (const auto& [name, property] : schema["properties"].items()) names.push_back(name);
  return names;
}

Names expected(const Names& before, const Names& after) {
  Names names = before;
  for (const DocumentField& field : document_fields()) names.push_back(field.name);
  names.insert(names.end(), after.begin(), after.end());
  return names;
}

void expect_types(const Json& schemas, const Json& schema) {
  for (const DocumentField& field : document_fields()) {
    const Json& property = schema["properties"][field.name];
    if (field.type == FieldType::kChoice) {
      EXPECT_EQ(property["$ref"], "#/components/schemas/Source") << field.name;
      Json choices = Json::array();
      for (const std::string_view choice : field.choices) choices.push_back(choice);
      EXPECT_EQ(schemas["Source"]["enum"], choices);
    } else {
      EXPECT_EQ(property["type"], field.type == FieldType::kInteger ? "integer" : "string") << field.name;
    }
  }
}

// A schema that a document has follows the table; returns whether it has it.
bool check_schema(const OpenapiDocument& document, const char* name, const Names& before,
                  const Names& after) {
  const Json& schemas = document.content["components"]["schemas"];
  if (!schemas.contains(name)) return false;
  const Json& schema = schemas[name];
  EXPECT_EQ(names_of(schema), expected(before, after)) << document.file << ": " << name;
  expect_types(schemas, schema);
  EXPECT_TRUE(schema.contains("additionalProperties")) << document.file << ": " << name;
  return true;
}

// The members of a chunk's place, all of them set.
PlaceMembers all_place_members() {
  Chunk chunk;
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
                 .section = {"h"},
                 .last_section = {"i"}};
  return place_members(chunk);
}

TEST(OpenapiFields, EveryDocumentHasThePlaceOfChunks) {
  for (const OpenapiDocument& document : openapi_documents()) {
    const Json& properties = document.content["components"]["schemas"]["DocumentChunkMetadata"]["properties"];
    for (const auto& [name, value] : all_place_members())
      EXPECT_EQ(properties[name]["type"], std::holds_alternative<std::string>(value) ? "string" : "integer")
          << document.file << ": " << name;
  }
}

TEST(OpenapiFields, EveryDocumentFollowsTheTableOfFields) {
  Names chunk_members = {"document_id"};
  for (const auto& [name, value] : all_place_members()) chunk_members.push_back(name);
  Names files;
  for (const OpenapiDocument& document : openapi_documents()) {
    SCOPED_TRACE(document.file);
    files.push_back(document.file);
    EXPECT_TRUE(check_schema(document, "DocumentChunkMetadata", {}, chunk_members));
    EXPECT_TRUE(
        check_schema(document, "DocumentMetadataFilter", {"document_id"}, {"start_date", "end_date"}));
    const bool has_upserts = document.content["components"]["schemas"].contains("UpsertRequest");
    EXPECT_EQ(check_schema(document, "DocumentMetadata", {}, {}), has_upserts);
  }
  const std::string assets = "src/server/plugin/assets/";
  for (const char* name : {"openapi.json", "openapi.yaml", "sub-openapi.json"})
    EXPECT_EQ(std::count(files.begin(), files.end(), assets + name), 1) << name;
}

TEST(TestYaml, IsReadAsTheSameJson) {
  EXPECT_EQ(
      parse_test_yaml(
          "a: 3.0.2\nb:\n  - c\n  - $ref: \"#/x: y\"\n    d: 3\n  - e:\n      f: true\n'200':\n  g: []\n"),
      *parse_json(R"({"a":"3.0.2","b":["c",{"$ref":"#/x: y","d":3},{"e":{"f":true}}],"200":{"g":[]}})"));
}

}  // namespace
}  // namespace rappel
