// Texts made from the tables of commands and options: usage, --help, docs/configuration.md.
#pragma once

#include <string>

#include "cli/command.h"

namespace rappel {

std::string program_help();
std::string command_help(const Command& command);

// The table of settings as plain text, and as docs/configuration.md has it.
std::string options_text();
std::string options_markdown();

}  // namespace rappel
