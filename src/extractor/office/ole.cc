#include "extractor/office/ole.h"

#include <string>
#include <string_view>

namespace rappel::extractor {
namespace {

// Names of streams are UTF-16.
bool has_stream(std::string_view bytes, std::string_view name) {
  std::string wide;
  for (const char c : name) wide += {c, '\0'};
  return bytes.find(wide) != std::string_view::npos;
}

}  // namespace

Status read_ole(const Source& source, ContentSink&) {
  if (has_stream(source.bytes, "EncryptedPackage"))
    return Status(Code::kInvalidArgument,
                  "the document is password protected; open it with the password and save it without");
  return Status(Code::kInvalidArgument,
                "the document is of an old Office format; save it as DOCX, XLSX or PPTX");
}

}  // namespace rappel::extractor
