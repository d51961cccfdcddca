// The OpenAPI documents of the repository, for tests: every file under src/ whose name ends with openapi.json
// or openapi.yaml, so that a new one takes part by its name.
#pragma once

#include <string>
#include <vector>

#include "codec/json.h"

namespace rappel {

struct OpenapiDocument {
  std::string file;
  Json content;
};

// Sorted by file.
std::vector<OpenapiDocument> openapi_documents();

}  // namespace rappel
