// Compound files for tests.
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace rappel::extractor {

// Streams by path, "storage/stream"; storages come from the paths. All have whole sectors of 512 bytes.
std::string test_compound_file(const std::vector<std::pair<std::string, std::string>>& streams);

}  // namespace rappel::extractor
