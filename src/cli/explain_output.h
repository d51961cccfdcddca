// Explanations of retrieval (retrieve/explain.h) as `rappel query --explain` and `rappel why` print them.
#pragma once

#include <iosfwd>

#include "codec/json.h"
#include "retrieve/explain.h"
#include "retrieve/stage_times.h"

namespace rappel {

void print_explanation(const Explanation& explanation, std::ostream& out);
void print_query_explanation(const QueryExplanation& explanation, const StageTimes& times, std::ostream& out);

Json explanation_json(const Explanation& explanation);
Json query_explanation_json(const QueryExplanation& explanation, const StageTimes& times);

}  // namespace rappel
