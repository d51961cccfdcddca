// Office converter: documents of the old Office formats (.doc, .xls, .ppt) as DOCX, XLSX and PPTX, through
// LibreOffice where it is installed. rappel-extract runs it in a private folder, within limits and without
// network (extractor/conversion/convert.h).
#pragma once

#include <cstddef>
#include <stop_token>
#include <string>
#include <string_view>

#include "base/status.h"
#include "ingest/extract/read_options.h"

namespace rappel {

// Bytes of a converted document; larger ones are refused.
inline constexpr std::size_t kMostConverted = std::size_t{256} << 20;

// Exit status of `rappel-extract --convert` where the machine is the reason, and not the document.
inline constexpr int kConversionImpossible = 3;

// The program soffice: as the options name it, or found in PATH and the usual folders. Empty: there is none,
// or it is off.
std::string office_program(const ReadOptions& options);

// `target`: "docx", "xlsx" or "pptx". Errors: kInvalidArgument (the document cannot be converted; the
// message says why), kUnsupported (LibreOffice does not run on this machine), kCancelled. Nothing of it stays
// on the disk.
Result<std::string> convert_office(std::string_view document, const std::string& program,
                                   const std::string& target, const std::stop_token& cancel);

}  // namespace rappel
