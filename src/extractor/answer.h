// Answer: a process reads the file that it was asked for, and writes its content to its standard output
// (ingest/content/wire.h).
#pragma once

#include <string_view>

#include "base/status.h"
#include "extractor/incoming.h"
#include "extractor/readers.h"
#include "extractor/sandbox.h"
#include "ingest/extract/file_type.h"

namespace rappel::extractor {

struct Answering {
  const Reader* (*find_reader)(std::string_view media_type);  // null: nothing reads the type
  Status ready = {};                                          // else the answer to every request
  ocr::Recognizer* ocr = nullptr;                             // null: OCR is off
};

FileType type_of(const Incoming& in);

// When the sandbox is closed. Returns the exit status of the process.
int answer(const Result<Incoming>& in, const Answering& how);

// As a zygote (zygote.h), whose children close the second half of the sandbox. Returns its exit status.
int answer_as_zygote(Sandbox& sandbox, const Answering& how);

}  // namespace rappel::extractor
