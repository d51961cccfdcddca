// Files in vector stores, one by one and in batches.
#pragma once

#include "server/vector_stores/shelf.h"

namespace rappel {

Response add_stored_file(Shelf& shelf, const Request& request);
Response list_stored_files(Shelf& shelf, const Request& request);
Response show_stored_file(Shelf& shelf, const Request& request);
Response change_stored_file(Shelf& shelf, const Request& request);
Response remove_stored_file(Shelf& shelf, const Request& request);
Response stored_file_content(Shelf& shelf, const Request& request);

Response add_batch(Shelf& shelf, const Request& request);
Response show_batch(Shelf& shelf, const Request& request);
Response cancel_batch(Shelf& shelf, const Request& request);
Response list_batch_files(Shelf& shelf, const Request& request);

// Takes the file out of all stores in which the token may do that.
Status detach_everywhere(Shelf& shelf, const Request& request, const std::string& file);

}  // namespace rappel
