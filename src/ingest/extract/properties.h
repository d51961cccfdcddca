// Properties of a file as metadata of its document.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "store/metadata.h"

namespace rappel {

// Author, and title, subject and language as custom keys, where `metadata` does not have them. Each is cut to
// 1000 bytes.
void add_properties(const std::vector<std::pair<std::string, std::string>>& properties, Metadata& metadata);

}  // namespace rappel
