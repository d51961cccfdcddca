#include "server/plugin/local.h"

#include <gtest/gtest.h>

#include "codec/json.h"
#include "server/documents/assets.h"
#include "server/plugin/test_yaml.h"

namespace rappel {
namespace {

Json parsed(std::string_view text) {
  auto json = parse_json(text);
  EXPECT_TRUE(json.ok()) << text;
  return std::move(*json);
}

// Takes every member of that name out, at any depth.
void remove_all(const std::string& name, Json& json) {
  if (json.is_object()) json.erase(name);
  if (json.is_structured())
    for (Json& item : json) remove_all(name, item);
}

TEST(LocalDocuments, TheManifestDiffersInItsAuthAlone) {
  Json asset_json = parsed(asset("ai-plugin.json"));
  Json local = parsed(manifest_without_auth(asset("ai-plugin.json")));
  EXPECT_EQ(local["auth"], parsed(R"({"type":"none"})"));
  EXPECT_NE(local["auth"], asset_json["auth"]);
  local["auth"] = asset_json["auth"];
  EXPECT_EQ(dump_json(local), dump_json(asset_json));  // the order of the members, too
}

TEST(LocalDocuments, TheOpenApiDocumentsDifferInSecurityAlone) {
  Json json = parsed(asset("openapi.json")), yaml = parse_test_yaml(asset("openapi.yaml"));
  for (Json* document : {&json, &yaml}) {
    const std::string before = dump_json(*document);
    remove_all("security", *document);
    remove_all("securitySchemes", *document);
    EXPECT_NE(dump_json(*document), before);
  }
  EXPECT_EQ(openapi_without_auth(asset("openapi.json")), dump_json(json));
  EXPECT_EQ(parse_test_yaml(yaml_without_auth(std::string(asset("openapi.yaml")))), yaml);
}

}  // namespace
}  // namespace rappel
