// The documents of `serve --local`, as the local server of the Python service had them: nothing in them asks
// for a token. Made from the assets of the build, so the descriptions of the two modes cannot drift apart.
#pragma once

#include <string>
#include <string_view>

namespace rappel {

// The manifest with {"auth":{"type":"none"}}.
std::string manifest_without_auth(std::string_view manifest);

// An OpenAPI document without security requirements and schemes.
std::string openapi_without_auth(std::string_view json);
std::string yaml_without_auth(std::string yaml);

}  // namespace rappel
