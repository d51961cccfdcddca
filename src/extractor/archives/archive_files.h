// Archives and compressed files (zip, tar, 7z, gzip, bzip2, xz, zstd): their files as attachments.
//
// Left out: links, files of systems (.DS_Store, __MACOSX, ._*, Thumbs.db, desktop.ini), files that need a
// password, and what is beyond the limits (archive.h), with warnings.
#pragma once

#include "extractor/readers.h"

namespace rappel::extractor {

Status read_archive_files(const Source& source, ContentSink& sink);

}  // namespace rappel::extractor
