// Vector stores: create, list, show, change, delete, search.
#pragma once

#include "server/vector_stores/shelf.h"

namespace rappel {

Response create_store(Shelf& shelf, const Request& request);
Response list_stores(Shelf& shelf, const Request& request);
Response show_store(Shelf& shelf, const Request& request);
Response change_store(Shelf& shelf, const Request& request);
Response delete_store(Shelf& shelf, const Request& request);

Response search_store(Shelf& shelf, const Request& request);

}  // namespace rappel
