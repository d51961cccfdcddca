// The query that the first argument and the options of `rappel query` and `rappel why` ask for.
#pragma once

#include "base/status.h"
#include "cli/command.h"
#include "retrieve/types.h"

namespace rappel {

// kInvalidArgument names the option.
Result<QueryInput> query_input(const CommandContext& context);

}  // namespace rappel
