// --meta: metadata of every document, as key=value or as one JSON object.
#pragma once

#include <span>
#include <string>

#include "base/status.h"
#include "store/metadata.h"

namespace rappel {

// Later values of a key win. In key=value the value of a custom key is a text or a date; JSON gives numbers,
// booleans and lists. kInvalidArgument names the item.
Result<Metadata> parse_metadata(std::span<const std::string> texts);

}  // namespace rappel
