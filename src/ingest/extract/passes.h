// Passes: a file is read as it is (reader_program.h); if that finds scanned pages, again with OCR; if it is a
// document of an old Office format, it is converted by LibreOffice and the result is read.
//
// OCR and conversion have queues of their own, so that other files are read meanwhile. OCR fails for itself:
// the text that a file has without it is never lost.
#pragma once

#include "ingest/extract/reader_program.h"

namespace rappel {

// As read_with_program(), with call.options. The caller has one of file_seats() (seats.h).
Result<Reading> read_in_passes(std::string_view bytes, const FileHint& hint, const ReadCall& call,
                               const BeginContent& begin);

}  // namespace rappel
