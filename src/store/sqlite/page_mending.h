// Mends pages of the database in which a single bit is wrong: it is the one with which the page has its seal.
#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

#include "base/status.h"

namespace rappel::sqlite {

// The numbers of the pages that were mended. Nobody else may have the database open (DatabaseLock).
Result<std::vector<std::uint64_t>> mend_pages(const std::filesystem::path& database);

}  // namespace rappel::sqlite
