#include "server/plugin/local.h"

#include <utility>

#include "base/check.h"
#include "codec/json.h"
#include "server/documents/documents.h"

namespace rappel {
namespace {

// As they are written in openapi.yaml.
constexpr std::string_view kYamlRequirement = "      security:\n        - HTTPBearer: []\n";
constexpr std::string_view kYamlSchemes =
    "  securitySchemes:\n    HTTPBearer:\n      type: http\n      scheme: bearer\n";

Json parsed_asset(std::string_view text) {
  auto json = parse_json(text);
  RAPPEL_CHECK(json.ok(), "JSON assets are well-formed");
  return std::move(*json);
}

}  // namespace

std::string manifest_without_auth(std::string_view manifest) {
  Json json = parsed_asset(manifest);
  json["auth"] = {{"type", "none"}};
  return json.dump(2) + "\n";
}

std::string openapi_without_auth(std::string_view text) {
  Json json = parsed_asset(text);
  for (auto& path : json["paths"])
    for (auto& operation : path) operation.erase("security");
  json["components"].erase("securitySchemes");
  return dump_json(json);
}

std::string yaml_without_auth(std::string yaml) {
  return replaced(replaced(std::move(yaml), kYamlRequirement, ""), kYamlSchemes, "");
}

}  // namespace rappel
