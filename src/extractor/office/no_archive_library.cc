// rappel-extract-office has no libarchive: another program reads a damaged document again.
#include "extractor/office/archive_library.h"

namespace rappel::extractor {

const ArchiveLibrary* archive_library() { return nullptr; }

}  // namespace rappel::extractor
