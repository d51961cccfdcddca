// Stored documents: removal by ids, filter or all.
#pragma once

#include <cstddef>
#include <stop_token>

#include "base/status.h"
#include "retrieve/types.h"
#include "store/document_store.h"

namespace rappel {

// Removes what ids, filter or delete_all name, and returns the number of documents removed. kInvalidArgument
// if the request names nothing, or has a filter that check_removal() (store/removal.h) refuses; a filter
// without conditions counts as absent. kCancelled before a removal begins: one
// that has begun is finished, so ids may be removed and those of the filter not.
Result<std::size_t> remove_documents(DocumentStore& store, const DeleteInput& request,
                                     const std::stop_token& cancel);

}  // namespace rappel
