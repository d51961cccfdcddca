// The text of a result in one line, for people.
#pragma once

#include <string>

#include "cli/terminal.h"
#include "retrieve/types.h"

namespace rappel {

// At most 400 bytes, cut between characters. It begins with the text, or with its best sentence where that
// lies beyond the cut. Highlighted words are bold where the terminal takes colour, else *marked*. Characters
// that could command the terminal are escaped.
std::string result_line(const ScoredChunk& result, const Terminal& style);

}  // namespace rappel
