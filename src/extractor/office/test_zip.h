// ZIP files for tests.
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace rappel::extractor {

// Members in this order, deflated.
std::string test_zip(const std::vector<std::pair<std::string, std::string>>& members);

}  // namespace rappel::extractor
