// One OpenAPI document from those of several protocols.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace rappel {

// The first document with the paths and components of the others added; a path or component that is there
// already stays as it is. The texts are well-formed JSON objects, at least one.
std::string merge_openapi(const std::vector<std::string_view>& documents);

}  // namespace rappel
