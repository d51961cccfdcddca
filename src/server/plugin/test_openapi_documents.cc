#include "server/plugin/test_openapi_documents.h"

#include <algorithm>
#include <filesystem>

#include "base/check.h"
#include "base/os/file.h"
#include "server/plugin/test_yaml.h"

namespace rappel {

std::vector<OpenapiDocument> openapi_documents() {
  std::vector<OpenapiDocument> found;
  for (const auto& entry : std::filesystem::recursive_directory_iterator("src")) {
    const std::string file = entry.path().generic_string();
    const bool yaml = file.ends_with("openapi.yaml");
    if (!yaml && !file.ends_with("openapi.json")) continue;
    const auto text = read_file(file);
    RAPPEL_CHECK(text.ok(), "an OpenAPI document can be read");
    if (yaml) {
      found.push_back({file, parse_test_yaml(*text)});
    } else {
      auto json = parse_json(*text);
      RAPPEL_CHECK(json.ok(), "an OpenAPI document is JSON");
      found.push_back({file, std::move(*json)});
    }
  }
  std::sort(found.begin(), found.end(), [](const auto& a, const auto& b) { return a.file < b.file; });
  return found;
}

}  // namespace rappel
