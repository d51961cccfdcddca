// The options of a walk through files, of the commands that take paths.
#pragma once

#include "cli/command.h"
#include "ingest/source/walk.h"

namespace rappel {

WalkOptions walk_options(const CommandContext& context);

}  // namespace rappel
