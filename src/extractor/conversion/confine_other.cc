#include <sys/resource.h>

#include "extractor/conversion/confine.h"

namespace rappel::extractor {

bool confine(const std::filesystem::path&, const std::filesystem::path&, const ConfineLimits& limits) {
  const rlimit none{0, 0}, cpu{limits.cpu_seconds, limits.cpu_seconds},
      files{limits.file_bytes, limits.file_bytes};
  return ::setrlimit(RLIMIT_CORE, &none) == 0 && ::setrlimit(RLIMIT_CPU, &cpu) == 0 &&
         ::setrlimit(RLIMIT_FSIZE, &files) == 0;
}

}  // namespace rappel::extractor
