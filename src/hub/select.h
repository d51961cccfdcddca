// Which files of a repository rappel needs.
#pragma once

#include <string>
#include <vector>

#include "base/status.h"

namespace rappel::hub {

// Configuration, tokenizer, pooling, heads, and the first of kWeightForms (cache.h); of shards only their
// index, which names them. The encoder's files lie in the repository's root, in a folder such as
// 0_Transformer, or in both. A tokenizer.json makes the SentencePiece model superfluous. Nothing for other
// frameworks. In the order of `offered`, which may hold any names. kUnsupported when the configuration, a
// tokenizer or the weights are not among them, or when the names would give some hundred files.
Result<std::vector<std::string>> choose_files(const std::string& repository,
                                              const std::vector<std::string>& offered);

}  // namespace rappel::hub
