// Texts made from the tables of commands and options: usage, --help, docs/configuration.md.
#pragma once

#include <span>
#include <string>

#include "cli/command.h"

namespace rappel {

// Wrapped to the terminal's width, with its colour.
std::string program_help(const Terminal& terminal);
std::string command_help(const Command& command, const Terminal& terminal);

// The table of settings as plain text, and as docs/configuration.md has it.
std::string options_text(const Terminal& terminal);
std::string options_markdown(std::span<const OptionSpec> table = option_table());

}  // namespace rappel
