// Readers: the table of file types and the functions that read them.
#pragma once

#include <algorithm>
#include <span>
#include <string>
#include <string_view>

#include "base/status.h"
#include "ingest/content/content.h"

namespace rappel::extractor {

namespace ocr {
class Recognizer;
}

// The file as it came in.
struct Source {
  std::string_view bytes;
  std::string name = {};           // may be empty
  std::string charset = {};        // declared by the sender; may be empty
  std::string password = {};       // may be empty
  ocr::Recognizer* ocr = nullptr;  // null: OCR is off
};

// Errors: kInvalidArgument (the file is not of its type, is damaged beyond reading, or needs a password; the
// message says which, for a person), and failures of the sink. Runs in a process of its own, which is killed
// when it takes too long; memory that cannot be had throws std::bad_alloc.
using ReadFunction = Status (*)(const Source& source, ContentSink& sink);

struct Reader {
  std::string_view media_type;
  ReadFunction read;
  // Loads what it needs from the file system, before the sandbox closes. False: that is not installed, which
  // the reader will report. Null: it needs nothing.
  bool (*prepare)() = nullptr;
};

// Null: nothing reads the type.
inline const Reader* find_reader(std::span<const Reader> readers, std::string_view media_type) {
  const auto found = std::find_if(readers.begin(), readers.end(),
                                  [&](const Reader& reader) { return reader.media_type == media_type; });
  return found == readers.end() ? nullptr : &*found;
}
const Reader* find_reader(std::string_view media_type);
// False: the library of the reader is not installed.
bool prepare_reader(std::string_view media_type);

}  // namespace rappel::extractor
