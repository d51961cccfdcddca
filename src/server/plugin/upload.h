// Upload: the form of POST /upsert-file as a document. Plain text and Markdown in UTF-8; other types are
// refused by name.
#pragma once

#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "retrieve/retrieval.h"
#include "server/http/multipart.h"
#include "server/http/response.h"

namespace rappel {

// The document to be stored (id is left to the core; metadata is the client's, or source=file, with filename,
// filesize and created_at filled in where missing), or the answer that says what is wrong.
std::variant<DocumentInput, Response> read_upload(std::string_view content_type, std::string_view body);

}  // namespace rappel
