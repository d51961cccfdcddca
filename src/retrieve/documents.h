// Stored documents: removal by ids, filter or all.
#pragma once

#include <cstddef>

#include "base/status.h"
#include "retrieve/types.h"
#include "store/document_store.h"

namespace rappel {

// Removes what ids, filter or delete_all name, and returns the number of documents removed. kInvalidArgument
// if the request names nothing; an unrestricted filter names nothing.
Result<std::size_t> remove_documents(DocumentStore& store, const DeleteInput& request);

}  // namespace rappel
