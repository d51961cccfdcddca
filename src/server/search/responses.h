// Responses of /v1/search and /v1/why (docs/http-api.md). Members that do not apply are null or absent, as
// the page says.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/byte_budget.h"
#include "retrieve/types.h"
#include "retrieve/why.h"
#include "server/http/response.h"

namespace rappel {

class JsonWriter;

// May be large: sent in pieces then, and `memory`, which counts the results, is held until the end.
Response search_response(QueryOutput output, std::vector<std::string_view> degraded, ByteHold memory);
Response why_response(const WhyAnswer& answer);

// The members of a result into the open object.
void write_result(JsonWriter& out, const ScoredChunk& result);

}  // namespace rappel
