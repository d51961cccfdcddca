// Explanations (retrieve/explain.h) as JSON. Each writes one value.
#pragma once

#include <span>

#include "retrieve/explain.h"
#include "retrieve/stage_times.h"

namespace rappel {

class JsonWriter;

void write_explanation(JsonWriter& out, const Explanation& explanation);
void write_query_explanation(JsonWriter& out, const QueryExplanation& explanation, const StageTimes& times);
void write_lacking(JsonWriter& out, std::span<const LackingSignal> lacking);

}  // namespace rappel
