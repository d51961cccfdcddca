// Arguments of tools. Unknown ones are ignored, null is absent; a wrong type is kInvalidArgument, with a
// message that says what to send.
#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "base/status.h"
#include "codec/json.h"

namespace rappel::mcp {

// Empty texts are refused too.
Result<std::string> required_text(const Json& arguments, const char* tool, const char* name);
// An empty text is absent.
Result<std::optional<std::string>> optional_text(const Json& arguments, const char* name);
// true, false, or these as text; false when absent.
Result<bool> optional_boolean(const Json& arguments, const char* name);

// Cursors of lists that count from a position: its decimal digits. 0 without one.
Result<std::size_t> position_of(const std::optional<std::string>& cursor);

}  // namespace rappel::mcp
