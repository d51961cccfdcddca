// The part of a document that fits into an answer.
#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "server/mcp/caller.h"

namespace rappel::mcp {

struct FittingPart {
  DocumentSummary document;
  std::string text;
  std::optional<std::size_t> next = {};  // the position that the next part begins at; nothing: there is none
};

// From the position on, in code points. Nothing: no such document. A failure's message is for the client.
Result<std::optional<FittingPart>> fitting_part(const std::string& id, std::size_t begin,
                                                const Caller& caller);

}  // namespace rappel::mcp
