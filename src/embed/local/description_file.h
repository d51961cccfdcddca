// Reads rappel.json of a model folder (embed/reranker_description.h).
#pragma once

#include <filesystem>

#include "base/status.h"
#include "embed/reranker_description.h"

namespace rappel {

// The defaults if `folder` has no such file. kCorrupt, with the file and the member, if it is not a JSON
// object, or a member is out of its range or unknown: a misspelt one would be a silent default.
Result<RerankerDescription> read_reranker_description(const std::filesystem::path& folder);

}  // namespace rappel
