// The part of YAML that the plugin's OpenAPI document uses, for tests: block mappings and sequences, plain
// and quoted scalars, and `[]`. Comments, anchors, folded texts and flow collections with content are not
// read.
#pragma once

#include <string_view>

#include "codec/json.h"

namespace rappel {

// Whole numbers, true and false become those; every other plain scalar is a text. A line that does not fit is
// an assertion.
Json parse_test_yaml(std::string_view text);

}  // namespace rappel
