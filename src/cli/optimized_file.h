// OptimizedFile: `.env.optimized`, in which `rappel optimize` proposes settings. The user reads and edits it,
// and `rappel setup` applies it. A line of it records the values as they were proposed, so that setup can say
// what was edited.
#pragma once

#include <chrono>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "config/env_merge.h"
#include "tune/tuning.h"

namespace rappel {

struct OptimizedFile {
  std::string time;                 // when `optimize` wrote it: "2026-11-23T10:00:00Z"
  std::string platform;             // "cpu"
  std::vector<Setting> settings;    // as they are now, in the order of the lines
  std::vector<std::string> edited;  // "RERANK_K 5 -> 20", "RERANK_K removed", "CHUNK_SIZE added"

  // "written 2026-11-23T10:00:00Z, not edited" or "written .., edited: RERANK_K 5 -> 20".
  std::string words() const;
};

// Beside the settings file.
std::filesystem::path optimized_file_of(const std::filesystem::path& settings_file);

std::string optimized_text(const Tuning& tuning, std::chrono::system_clock::time_point now);

// kFailedPrecondition for a file that `rappel optimize` did not write, kInvalidArgument for a line that
// cannot be applied: no setting, or a value that needs quotes.
Result<OptimizedFile> parse_optimized(std::string_view text);

}  // namespace rappel
