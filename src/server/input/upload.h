// Upload: the files of a form as documents. ingest/extract decides which files are read.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/status.h"
#include "ingest/extract/file_format.h"
#include "retrieve/retrieval.h"
#include "server/http/multipart.h"
#include "server/http/response.h"

namespace rappel {

class BodyFile;
class MappedFile;

// One `file` of a form.
struct FormFile {
  std::string name;
  std::string content_type;
  std::string_view bytes;  // of the body
  const MappedFile* file;  // that holds them; null: they lie in memory
  // Gives back pages of `bytes` where they lie in a file; may be empty.
  std::function<void(std::string_view)> release;
  Metadata metadata;  // the client's, or source=file
};

// The files of the form, in its order, or the response that says what is wrong. A form has one `metadata` for
// all its files, or as many as it has files, or none. `file`: that holds the body; may be null.
std::variant<std::vector<FormFile>, Response> read_form(std::string_view content_type, std::string_view body,
                                                        std::size_t max_files,
                                                        const BodyFile* file = nullptr);

// Releases pages of `file`, for FormFile::release; empty without one. Must not outlive it.
std::function<void(std::string_view)> releasing(const BodyFile* file);

// The same for the same files, names and metadata, however the form was cut into parts. Reads everything.
std::string fingerprint_of(const std::vector<FormFile>& files);

struct Upload {
  DocumentInput document;
  std::vector<std::string> warnings;  // of extraction, each with the name of the file
};

// The document to store. Missing filename, filesize and created_at are filled in. The id is derived from text
// and metadata (document_id.h), so the same upload again replaces its document. Errors as extract().
Result<Upload> read_file(const FormFile& file, const ReadCall& call = {});

// The answer to the only file of a form that cannot be read.
Response reading_refusal(const Status& failure);

}  // namespace rappel
