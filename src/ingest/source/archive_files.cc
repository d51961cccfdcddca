#include "ingest/source/archive_files.h"

#include <algorithm>
#include <utility>

#include "ingest/extract/child_reader.h"
#include "ingest/extract/file_type.h"

namespace rappel {

bool is_archive(std::string_view bytes, const std::string& name) {
  constexpr std::string_view kTypes[] = {"application/zip",     "application/gzip",
                                         "application/x-bzip2", "application/x-xz",
                                         "application/zstd",    "application/x-7z-compressed",
                                         "application/x-tar"};
  const std::string type = detect_file_type(bytes, {name, "", ""}).media_type;
  return std::find(std::begin(kTypes), std::end(kTypes), type) != std::end(kTypes);
}

Result<ArchiveFiles> files_in_archive(const FileBytes& bytes, const std::string& name,
                                      const std::stop_token& cancel, const std::string& password) {
  const ReadCall call{.cancel = cancel, .password = password, .file = bytes.file()};
  RAPPEL_ASSIGN(CollectedContent content, read_content(bytes.view(), {name, "", ""}, call));
  return ArchiveFiles{std::move(content.attachments), std::move(content.warnings)};
}

}  // namespace rappel
