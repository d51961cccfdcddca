// The parts that the routes of files and of batches share.
#pragma once

#include "server/vector_stores/store_access.h"

namespace rappel {

// A page of the files, by the query string: limit, order, after, before, filter.
Response stored_files_page(Shelf& shelf, const Request& request, const std::string& store_id,
                           std::vector<StoredFile> files);

// The response after FilesInStores::add() has failed.
Response add_failure(const Shelf& shelf, const Request& request, const Status& failure);

}  // namespace rappel
