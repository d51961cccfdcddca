#include "extractor/readers.h"

#include <algorithm>
#include <vector>

#include "extractor/archives/archive_files.h"
#include "extractor/mail/mail.h"
#include "extractor/mail/mail_tree.h"
#include "extractor/mail/ole.h"
#include "extractor/ocr/read_image.h"
#include "extractor/office/archive.h"
#include "extractor/office/docx.h"
#include "extractor/office/epub.h"
#include "extractor/office/odp.h"
#include "extractor/office/ods.h"
#include "extractor/office/odt.h"
#include "extractor/office/pptx.h"
#include "extractor/office/xlsx.h"
#include "extractor/pdf/pdfium.h"
#include "extractor/pdf/read_pdf.h"
#include "extractor/plain/json_text.h"
#include "extractor/plain/markdown.h"
#include "extractor/plain/notebook.h"
#include "extractor/plain/plain_text.h"
#include "extractor/plain/restructured_text.h"
#include "extractor/plain/source_code.h"
#include "extractor/plain/subtitles.h"
#include "extractor/plain/table_text.h"
#include "extractor/rtf/rtf.h"
#include "extractor/web/html.h"
#include "extractor/web/xml_text.h"

namespace rappel::extractor {
namespace {

// By media type (ingest/extract/file_formats.cc). One entry per type.
const std::vector<Reader> kReaders = {
    {"application/pdf", read_pdf, [] { return load_pdfium(); }},
    {"application/vnd.openxmlformats-officedocument.wordprocessingml.document", read_docx,
     load_archive_library},
    {"application/vnd.openxmlformats-officedocument.presentationml.presentation", read_pptx,
     load_archive_library},
    {"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", read_xlsx, load_archive_library},
    {"application/epub+zip", read_epub, load_archive_library},
    {"application/vnd.oasis.opendocument.presentation", read_odp, load_archive_library},
    {"application/vnd.oasis.opendocument.spreadsheet", read_ods, load_archive_library},
    {"application/vnd.oasis.opendocument.text", read_odt, load_archive_library},
    {"application/x-ole-storage", read_ole},
    {"text/plain", read_plain_text},
    {"text/plain; charset=utf-16le", read_plain_text},
    {"text/plain; charset=utf-16be", read_plain_text},
    {"text/markdown", read_markdown},
    {"text/x-rst", read_restructured_text},
    {"text/x-source", read_source_code},
    {"text/csv", read_csv},
    {"text/tab-separated-values", read_tsv},
    {"application/json", read_json},
    {"application/x-ndjson", read_json_lines},
    {"application/x-ipynb+json", read_notebook},
    {"application/xml", read_xml},
    {"application/x-subrip", read_subtitles},
    {"text/vtt", read_subtitles},
    {"text/html", read_html},
    {"application/rtf", read_rtf},
    {"message/rfc822", read_mail, load_mail_library},
    {"application/mbox", read_mailbox, load_mail_library},
    {"application/zip", read_archive_files, load_archive_library},
    {"application/x-tar", read_archive_files, load_archive_library},
    {"application/x-7z-compressed", read_archive_files, load_archive_library},
    {"application/gzip", read_archive_files, load_archive_library},
    {"application/x-bzip2", read_archive_files, load_archive_library},
    {"application/x-xz", read_archive_files, load_archive_library},
    {"application/zstd", read_archive_files, load_archive_library},
    {"image/png", read_image},
    {"image/jpeg", read_image},
    {"image/tiff", read_image},
    {"image/bmp", read_image},
    {"image/gif", read_image},
    {"image/webp", read_image},
};

}  // namespace

std::span<const Reader> readers() { return kReaders; }

const Reader* find_reader(std::string_view media_type) {
  const auto found = std::find_if(readers().begin(), readers().end(),
                                  [&](const Reader& reader) { return reader.media_type == media_type; });
  return found == readers().end() ? nullptr : &*found;
}

bool prepare_reader(std::string_view media_type) {
  const Reader* reader = find_reader(media_type);
  return reader == nullptr || reader->prepare == nullptr || reader->prepare();
}

}  // namespace rappel::extractor
