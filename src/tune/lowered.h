// Lowered: what a recommendation costs that is below the value which the user has set.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "config/run_context.h"

namespace rappel {

// The value that the user gave to a setting, by flag, environment or settings file, whether or not the
// running command has that option. None: the default is in force.
std::optional<std::string> user_value(const RunContext& context, std::string_view key);

// "your RERANK_K=20 becomes 6: fewer candidates are reranked, ..": the cost of a new value; empty when it is
// not less than the old one. Precisions are less in the order float32, half, int8.
std::string lowered_words(std::string_view key, std::string_view from, std::string_view to);

}  // namespace rappel
