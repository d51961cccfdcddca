// Reader program: one file through rappel-extract, which contains the parsers, with limits of time and size.
// A file that crashes, loops or takes too much costs one process, which had nothing but that file.
//
// The process is a child of a zygote (zygote.h); where there is none, or a zygote died, a fresh one.
#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "ingest/content/content.h"
#include "ingest/extract/file_format.h"

namespace rappel {

// How the reading of a file ended.
struct Reading {
  std::optional<Status> failure;  // why the content is not complete
  bool killed = false;            // the file has killed its process
};

struct ReaderMode {
  std::string zygote = {};                  // its type (zygote.h); "": that of the file
  std::vector<std::string> arguments = {};  // of rappel-extract
  std::chrono::seconds wall_time{60};
};

// A sink for the content of the file. If it is called again, the earlier one may be gone and what that was
// told does not count: its process was lost, and not by the fault of the file.
using BeginContent = std::function<ContentSink&()>;

// Tells the sink what the file holds; partial content counts. Errors: kFailedPrecondition (the program is
// missing or cannot be started), kCancelled, kResourceExhausted (is_lack_of_memory()).
Result<Reading> read_with_program(std::string_view bytes, const FileHint& hint, const ReadCall& call,
                                  const BeginContent& begin, const ReaderMode& mode = {});

// For a file that asked for libarchive (kArchiveLibrary).
ReaderMode archive_mode();
// OCR within the limits of the options.
ReaderMode ocr_mode(const ReadOptions& options);

// The sandbox that this machine gives.
struct Protection {
  std::vector<std::string> layers;   // "Landlock"
  std::vector<std::string> missing;  // with the reason
  bool reads_pdf = false;            // PDFium is installed
  std::vector<std::string> ocr;      // languages; empty: tesseract is not installed
};
// Errors as read_with_program().
Result<Protection> protection_of_readers(const std::stop_token& cancel);

// RAPPEL_EXTRACT, or rappel-extract beside the running program.
std::filesystem::path extract_program();

}  // namespace rappel
