// The tuning of a machine as a command shows it: with progress on the terminal, and ended by the first SIGINT
// or SIGTERM.
#pragma once

#include "base/status.h"
#include "cli/command.h"
#include "tune/tuning.h"

namespace rappel {

Result<Tuning> tune_with_progress(CommandContext& context);

}  // namespace rappel
