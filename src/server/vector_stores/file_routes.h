// POST, GET and DELETE /v1/files, as OpenAI's files.
#pragma once

#include "server/vector_stores/shelf.h"

namespace rappel {

Response upload_file(Shelf& shelf, const Request& request);
Response list_files(Shelf& shelf, const Request& request);
Response show_file(Shelf& shelf, const Request& request);
Response file_content(Shelf& shelf, const Request& request);
Response delete_file(Shelf& shelf, const Request& request);

}  // namespace rappel
