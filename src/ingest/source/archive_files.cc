#include "ingest/source/archive_files.h"

#include <utility>

#include "ingest/extract/child_reader.h"
#include "ingest/extract/file_type.h"

namespace rappel {

bool is_archive(std::string_view bytes, const std::string& name) {
  const FileType type = detect_file_type(bytes, {name, "", ""});
  return type.is_archive && type.read != ReadBy::kNothing;
}

Result<ArchiveFiles> files_in_archive(const FileBytes& bytes, const std::string& name,
                                      const std::stop_token& cancel, const std::string& password) {
  const ReadCall call{.cancel = cancel, .password = password, .file = bytes.file()};
  auto read = read_content(bytes.view(), {name, "", ""}, call);
  RAPPEL_TRY(bytes.check());
  RAPPEL_ASSIGN(CollectedContent content, std::move(read));
  return ArchiveFiles{std::move(content.attachments), std::move(content.warnings)};
}

}  // namespace rappel
