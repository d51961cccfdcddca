// Properties of a file as metadata of its document.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "store/metadata.h"

namespace rappel {

// Author (of a mail: the sender), and title, subject and language as custom keys, where `metadata` does not
// have them. Each is cut to 1000 bytes.
void add_properties(const std::vector<std::pair<std::string, std::string>>& properties, Metadata& metadata);

// The date of a file by its properties: when it was made, else changed. Nothing: they have no such date.
std::optional<Timestamp> date_of(const std::vector<std::pair<std::string, std::string>>& properties);

}  // namespace rappel
