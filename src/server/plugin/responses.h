// Responses: what the core returned, as the JSON of plugin-api.md 1.2. Key order, null members and
// compactness are part of the contract.
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
