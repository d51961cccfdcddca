#include "extractor/office/ole.h"

#include "extractor/mail/outlook.h"
#include "extractor/office/compound_file.h"

namespace rappel::extractor {
namespace {

struct OldFormat {
  const char* stream;
  const char* what;
};
constexpr OldFormat kOld[] = {
    {"WordDocument", "an old Word document (.doc); save it as DOCX"},
    {"Workbook", "an old Excel workbook (.xls); save it as XLSX"},
    {"Book", "an old Excel workbook (.xls); save it as XLSX"},
    {"PowerPoint Document", "an old PowerPoint presentation (.ppt); save it as PPTX"},
    {"VisioDocument", "a Visio drawing (.vsd); save it as PDF"},
    {"Quill", "a Publisher document (.pub); save it as PDF"},
};

}  // namespace

Status read_ole(const Source& source, ContentSink& sink) {
  const auto file = CompoundFile::open(source.bytes);
  if (!file) return Status(Code::kInvalidArgument, "the file is damaged; save it again from its own program");
  if (is_outlook_message(*file)) return read_outlook_message(*file, sink);
  const auto has = [&](const char* name) { return file->find(CompoundFile::kRoot, name).has_value(); };
  if (has("EncryptedPackage"))
    return Status(Code::kInvalidArgument,
                  "the document is password protected; open it with the password and save it without");
  for (const auto& [stream, what] : kOld)
    if (has(stream)) return Status(Code::kUnsupported, std::string("it is ") + what);
  return Status(Code::kUnsupported, "it is a compound file of an unknown program; save it as text or PDF");
}

}  // namespace rappel::extractor
