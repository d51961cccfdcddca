// Plausibility: signs that the store has no answer to a query, whatever its best results are. The scores of
// the results are multiplied by it, so that such a query is not answerable; their order stays.
//
//   A code of the query ("ERR-9999") is in no chunk. Its neighbors ("ERR-4012") look much like it.
//   The best result is not near the query's vector, in a language that the model knows: the words that they
//   share are those of every text ("what is the of").
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "retrieve/fusion.h"
#include "store/filter.h"
#include "store/snapshot_store.h"

namespace rappel {

// The words of a text that are codes: at least four letters and digits with both among them, or five digits,
// joined by - _ . / : or nothing. At most eight.
std::vector<std::string> codes_in(std::string_view text);

// 1, or less. `store` says whether codes can be looked up; `candidates` are in the order of fusion.
Result<double> plausibility(StoreReader& reader, const StoreInfo& store, std::string_view query,
                            const Filter& filter, std::span<const SignalScale> scales,
                            std::span<const Candidate> candidates);

}  // namespace rappel
