#include "extractor/office/office_readers.h"

#include "extractor/office/archive.h"
#include "extractor/office/docx.h"
#include "extractor/office/odp.h"
#include "extractor/office/ods.h"
#include "extractor/office/odt.h"
#include "extractor/office/pptx.h"
#include "extractor/office/xlsx.h"

namespace rappel::extractor {
namespace {

// One entry per type.
constexpr Reader kReaders[] = {
    {"application/vnd.openxmlformats-officedocument.wordprocessingml.document", read_docx,
     load_archive_library},
    {"application/vnd.openxmlformats-officedocument.presentationml.presentation", read_pptx,
     load_archive_library},
    {"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", read_xlsx, load_archive_library},
    {"application/vnd.oasis.opendocument.presentation", read_odp, load_archive_library},
    {"application/vnd.oasis.opendocument.spreadsheet", read_ods, load_archive_library},
    {"application/vnd.oasis.opendocument.text", read_odt, load_archive_library},
};

}  // namespace

const Reader* find_office_reader(std::string_view media_type) { return find_reader(kReaders, media_type); }

}  // namespace rappel::extractor
