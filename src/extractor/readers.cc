#include "extractor/readers.h"

#include <vector>

#include "extractor/archives/archive_files.h"
#include "extractor/mail/mail.h"
#include "extractor/mail/mail_tree.h"
#include "extractor/mail/ole.h"
#include "extractor/ocr/read_image.h"
#include "extractor/office/archive.h"
#include "extractor/office/epub.h"
#include "extractor/office/office_readers.h"
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

// By media type (ingest/extract/file_formats.cc). One entry per type; others are in office/office_readers.cc.
const std::vector<Reader> kReaders = {
    {"application/pdf", read_pdf, [] { return load_pdfium(); }},
    {"application/epub+zip", read_epub, load_archive_library},
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

const Reader* find_reader(std::string_view media_type) {
  const Reader* office = find_office_reader(media_type);
  return office != nullptr ? office : find_reader(kReaders, media_type);
}

bool prepare_reader(std::string_view media_type) {
  const Reader* reader = find_reader(media_type);
  return reader == nullptr || reader->prepare == nullptr || reader->prepare();
}

}  // namespace rappel::extractor
