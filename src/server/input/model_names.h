// Names of models in requests. A name does not choose a model: the server has one of each kind, and an answer
// repeats the name that was asked for. STRICT_MODELS refuses others than the model's own and its aliases.
//
// Aliases of "BAAI/bge-m3": "bge-m3", any of both with ":latest" or another tag, or with "___SUFFIX", in any
// case.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "server/input/lenient_object.h"

namespace rappel {

// The name for clients of a model as configured: the last part of a path, a name of the Hub as it is.
std::string shown_model_name(std::string_view configured);

bool names_model(std::string_view asked, std::string_view shown);

// 404 `model_not_found` if `strict` and the name is not that of the model; an empty name is always right.
std::optional<InputFault> refuse_model_name(std::string_view asked, std::string_view shown, bool strict);

}  // namespace rappel
