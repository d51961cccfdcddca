// rappel token add|list|revoke.
#pragma once

#include "cli/command.h"

namespace rappel {

int run_token(CommandContext& context);

}  // namespace rappel
