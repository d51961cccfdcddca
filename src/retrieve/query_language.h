// The language that a reranker has to read for a query. Short queries often have no word that tells their
// language, but the texts that they found do.
#pragma once

#include <span>
#include <string_view>

#include "retrieve/types.h"

namespace rappel {

// ISO 639-1, as similarity_language(): that of the query if it is clear, else that of most of the candidates,
// which have their chunks; earlier ones decide a tie. Without candidates, the best guess.
std::string_view query_language(std::string_view query, std::span<const Candidate> candidates);

}  // namespace rappel
