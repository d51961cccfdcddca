// Upload: the form of POST /upsert-file as a document. ingest/extract decides which files are read.
#pragma once

#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "ingest/extract/file_format.h"
#include "retrieve/retrieval.h"
#include "server/http/multipart.h"
#include "server/http/response.h"

namespace rappel {

struct Upload {
  DocumentInput document;
  std::vector<std::string> warnings;  // of extraction, each with the name of the file
};

// The document to store, or the response that says what is wrong. Metadata is the client's, or source=file;
// missing filename, filesize and created_at are filled in. The id is derived from text and metadata
// (document_id.h), so the same upload again replaces its document. A Status is a lack of memory: call.memory
// counts what the reading takes, afterwards the text of the document.
std::variant<Upload, Response, Status> read_upload(std::string_view content_type, std::string_view body,
                                                   const ReadCall& call = {});

}  // namespace rappel
