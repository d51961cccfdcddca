// Version of this binary, filled in when the build is configured.
#pragma once

namespace rappel {

extern const char kVersion[];    // "0.2.0"
extern const char kCommit[];     // "1a2b3c4d", or "unknown" outside a git checkout
extern const char kCompiler[];   // "GNU 12.2.0"
extern const char kBuildType[];  // "Release"

}  // namespace rappel
