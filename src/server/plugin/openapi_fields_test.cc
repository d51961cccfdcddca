// The OpenAPI documents list the fields of store/fields.h, in their order and with their types, and allow
// custom keys.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "base/os/file.h"
#include "codec/json.h"
#include "store/fields.h"

namespace rappel {
namespace {

using Names = std::vector<std::string>;

Json schemas_of(const std::string& name) {
  const auto text = read_file("src/server/plugin/assets/" + name);
  EXPECT_TRUE(text.ok()) << text.status().to_string();
  const auto json = parse_json(text.ok() ? *text : "{}");
  EXPECT_TRUE(json.ok()) << json.status().to_string();
  return (*json)["components"]["schemas"];
}

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

TEST(OpenapiFields, SchemasFollowTheTableOfFields) {
  for (const char* file : {"openapi.json", "sub-openapi.json"}) {
    const Json schemas = schemas_of(file);
    EXPECT_EQ(names_of(schemas["DocumentChunkMetadata"]), expected({}, {"document_id"})) << file;
    EXPECT_EQ(names_of(schemas["DocumentMetadataFilter"]),
              expected({"document_id"}, {"start_date", "end_date"}))
        << file;
    for (const char* name : {"DocumentChunkMetadata", "DocumentMetadataFilter"}) {
      expect_types(schemas, schemas[name]);
      EXPECT_TRUE(schemas[name].contains("additionalProperties")) << file << ": " << name;
    }
  }
  const Json schemas = schemas_of("openapi.json");
  EXPECT_EQ(names_of(schemas["DocumentMetadata"]), expected({}, {}));
  expect_types(schemas, schemas["DocumentMetadata"]);
  EXPECT_TRUE(schemas["DocumentMetadata"].contains("additionalProperties"));
}

}  // namespace
}  // namespace rappel
