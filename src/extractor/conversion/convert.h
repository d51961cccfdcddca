// Conversion: a document of an old Office format through LibreOffice, in a process of its own group.
//
// rappel-extract --convert PROGRAM TARGET reads the document from its standard input and writes the converted
// one to its standard output. It parses nothing itself. The program gets a private folder with a profile that
// forbids macros and links, and cannot leave it (confine.h). When it ends, takes too long, or rappel ends or
// asks for it (SIGTERM), all of its processes are killed and the folder is removed.
#pragma once

#include <chrono>
#include <string>

#include "base/status.h"

namespace rappel::extractor {

struct Conversion {
  std::string program;  // soffice
  std::string target;   // "docx", "xlsx" or "pptx"
  std::chrono::milliseconds wall_time = std::chrono::minutes(2);
};

// Errors, for a person: kInvalidArgument (the program could not convert it, crashed, or took too long),
// kUnavailable (no folder, or it cannot be started).
Result<std::string> convert(const std::string& document, const Conversion& how);
// The same, with the document from the standard input.
Result<std::string> convert_input(const Conversion& how);

}  // namespace rappel::extractor
