// GET /v1/models of Cohere's contract.
#pragma once

#include <string>
#include <vector>

#include "server/input/model_list.h"

namespace rappel {

// {"models":[{"name","endpoints":["embed"],"context_length",..}],"next_page_token":null}
std::string cohere_models_json(const std::vector<ListedModel>& models);

}  // namespace rappel
