// POST /v1/score of vLLM: scores of pairs, in the order of the request. One query against every document, or
// as many queries as documents, pair by pair.
#pragma once

#include "server/http/request.h"
#include "server/http/response.h"
#include "server/input/rerank_answer.h"

namespace rappel {

Response answer_score(const RerankService& service, const Request& request);

}  // namespace rappel
