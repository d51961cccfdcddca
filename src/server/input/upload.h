// Upload: the files of a form. An ingest run reads and stores them (ingest_items.h).
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/status.h"
#include "server/http/multipart.h"
#include "server/http/response.h"
#include "store/metadata.h"

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

// The answer to the only file of a form that cannot be read.
Response reading_refusal(const Status& failure);

}  // namespace rappel
