#include "extractor/conversion/confine.h"
#include "extractor/kernel/limit.h"

namespace rappel::extractor {

bool confine(const std::filesystem::path&, const std::filesystem::path&, const ConfineLimits& limits) {
  return limit(RLIMIT_CORE, 0) && limit(RLIMIT_CPU, limits.cpu_seconds) &&
         limit(RLIMIT_FSIZE, limits.file_bytes);
}

}  // namespace rappel::extractor
