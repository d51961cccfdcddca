// From arguments and environment to one running subcommand and its exit code.
#pragma once

#include <string>
#include <vector>

#include "cli/command.h"

namespace rappel {

// `args` without the program's name.
int run_program(const std::vector<std::string>& args, const Environment& environment, const Console& console);

}  // namespace rappel
