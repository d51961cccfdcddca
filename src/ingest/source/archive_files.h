// The files in an archive, for those who take each of them as a document of its own.
#pragma once

#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "ingest/content/content.h"
#include "ingest/source/file_document.h"

namespace rappel {

struct ArchiveFiles {
  std::vector<Attachment> files;
  std::vector<std::string> warnings;  // about what was left out
};

// Whether the file is of a format that is nothing but other files (FileFormat::is_archive) and is read: ZIP,
// TAR, 7z or a compressed file, and no document that has such a form (DOCX).
bool is_archive(std::string_view bytes, const std::string& name);

// Within the bounds of child_reader.h. Its errors, and those of FileBytes::check().
Result<ArchiveFiles> files_in_archive(const FileBytes& bytes, const std::string& name,
                                      const std::stop_token& cancel, const std::string& password);

}  // namespace rappel
