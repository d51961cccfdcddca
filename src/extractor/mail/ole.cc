#include "extractor/mail/ole.h"

#include "extractor/mail/outlook.h"
#include "extractor/office/compound_file.h"

namespace rappel::extractor {
namespace {

struct OldFormat {
  const char* stream;
  const char* what;
  const char* convert_to;  // what LibreOffice makes of it; "": not tried
};
constexpr OldFormat kOld[] = {
    {"WordDocument", "an old Word document (.doc); install LibreOffice to read it, or save it as DOCX",
     "docx"},
    {"Workbook", "an old Excel workbook (.xls); install LibreOffice to read it, or save it as XLSX", "xlsx"},
    {"Book", "an old Excel workbook (.xls); install LibreOffice to read it, or save it as XLSX", "xlsx"},
    {"PowerPoint Document",
     "an old PowerPoint presentation (.ppt); install LibreOffice to read it, or save it as PPTX", "pptx"},
    {"VisioDocument", "a Visio drawing (.vsd); save it as PDF", ""},
    {"Quill", "a Publisher document (.pub); save it as PDF", ""},
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
  for (const OldFormat& old : kOld) {
    if (!has(old.stream)) continue;
    RAPPEL_TRY(sink.property("convert_to", old.convert_to));
    return Status(Code::kUnsupported, std::string("it is ") + old.what);
  }
  return Status(Code::kUnsupported, "it is a compound file of an unknown program; save it as text or PDF");
}

}  // namespace rappel::extractor
