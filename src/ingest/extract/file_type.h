// FileType: what a file holds, decided from its content first, then from its name and its declared type.
//
// A signature in the content wins over what name and type claim. Content without a signature is text only if
// the declared type or, where none is known, the name says so, or if it begins as HTML, XML, JSON or a mail:
// bytes of an unknown kind are never taken. HTML that is called plain text is HTML.
// Pure functions.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "ingest/extract/file_format.h"

namespace rappel {

// Bytes from the start of a file that are enough to recognise it.
inline constexpr std::size_t kTypeBytes = 4096;

struct FileType {
  std::string media_type;  // "application/pdf"; "" if unknown
  std::string what;        // with its article, for messages: "a PDF document"
  std::string advice;      // how to make it readable: "convert it to text, for example with pdftotext"
  ReadBy read = ReadBy::kNothing;
  bool is_archive = false, may_be_mail = false;  // as FileFormat

  bool is_read(const ReadOptions& options) const {
    return read != ReadBy::kNothing && (options.ocr || read != ReadBy::kOcr);
  }
};

// `content`: the whole file or at least its first kTypeBytes.
FileType detect_file_type(std::string_view content, const FileHint& hint);

}  // namespace rappel
