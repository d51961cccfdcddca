#include "server/pages/openapi.h"

#include "base/check.h"
#include "codec/json.h"

namespace rappel {
namespace {

void add_members(Json& into, const Json& from) {
  for (const auto& [name, value] : from.items())
    if (!into.contains(name)) into[name] = value;
}

}  // namespace

std::string merge_openapi(const std::vector<std::string_view>& documents) {
  Json merged;
  for (const std::string_view text : documents) {
    const auto parsed = parse_json(text);
    RAPPEL_CHECK(parsed.ok(), "OpenAPI documents are well-formed");
    if (merged.is_null()) {
      merged = *parsed;
      continue;
    }
    if (parsed->contains("paths")) add_members(merged["paths"], (*parsed)["paths"]);
    if (!parsed->contains("components")) continue;
    for (const auto& [kind, members] : (*parsed)["components"].items())
      add_members(merged["components"][kind], members);
  }
  return dump_json(merged);
}

}  // namespace rappel
