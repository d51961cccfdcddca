// The parts that an answer to queries had to do without.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "retrieve/types.h"

namespace rappel {

// "reranker": reranking was asked for, and there is none or it failed. "index": a part of it is lost.
std::vector<std::string_view> degraded_parts(const std::vector<QueryOutput>& outputs, bool index_degraded);

// The value of the header x-degraded.
std::string degraded_header(const std::vector<std::string_view>& parts);

}  // namespace rappel
