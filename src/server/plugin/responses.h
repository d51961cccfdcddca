// Responses: render the results of the core as JSON (docs/http-api.md, Schemas). The contract includes the
// key order, null members and the compact form.
#pragma once

#include <string>
#include <vector>

#include "retrieve/retrieval.h"

namespace rappel {

std::string upsert_response(const std::vector<std::string>& ids);
std::string query_response(const std::vector<QueryOutput>& outputs);
std::string delete_response(bool success);
std::string list_response(const DocumentPage& page);

}  // namespace rappel
