// The models of the server as OpenAI's clients list them, with members that clients of vLLM, infinity and
// Xinference read.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "server/core.h"
#include "server/input/lenient_object.h"

namespace rappel {

struct ListedModel {
  std::string name;  // as clients see it
  bool reranks = false;
  std::size_t max_length = 0;  // tokens
};

// The embedder first.
std::vector<ListedModel> list_models(const ServedModels& models);
// By its name or an alias, whether STRICT_MODELS or not; 404.
std::variant<ListedModel, InputFault> find_model(const std::vector<ListedModel>& models,
                                                 std::string_view name);

// As clients are told, in seconds since 1970: when this was first asked. It does not change.
std::int64_t models_created();
// `created`: seconds since 1970.
std::string model_list_json(const std::vector<ListedModel>& models, std::string_view owner,
                            std::int64_t created);
std::string model_json(const ListedModel& model, std::string_view owner, std::int64_t created);

}  // namespace rappel
