// Arguments of one subcommand, split into flags (by the table of options) and the rest.
//
//   --name value   --name=value   --name (boolean: true)   --no-name (boolean: false)   -- (the rest are no
//   flags)
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/status.h"
#include "config/options.h"

namespace rappel {

struct ParsedArgs {
  std::vector<std::pair<const OptionSpec*, std::string>> flags;
  std::vector<std::string> arguments;
  bool help = false;  // -h or --help
};

// kInvalidArgument for an unknown flag (with the nearest known one) or a missing value.
Result<ParsedArgs> parse_args(std::span<const std::string> args, unsigned command);

// The candidate that `word` was probably meant to be; empty when none is near.
std::string nearest_word(std::string_view word, std::span<const std::string> candidates);

}  // namespace rappel
