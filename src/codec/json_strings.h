// The strings of a JSON text, without holding the text as values: for large texts of strangers.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "base/status.h"

namespace rappel {

// `visit` receives every string that is not a key, with its path: "sha", "siblings[].rfilename", "[]". It
// returns false to end the reading, which is no error. Errors as parse_json().
Status visit_json_strings(std::string_view text,
                          const std::function<bool(std::string_view path, std::string& value)>& visit,
                          int max_depth = 64);

}  // namespace rappel
