#include "ingest/source/file_place.h"

#include <filesystem>
#include <system_error>

#include "ingest/source/sent.h"

namespace rappel {

namespace fs = std::filesystem;

bool is_file_gone(const std::string& path) {
  if (path.starts_with(kSentPlace)) return false;
  std::error_code error;
  if (fs::symlink_status(path, error).type() != fs::file_type::not_found) return false;
  for (std::size_t at = path.find(kInArchive); at != std::string::npos; at = path.find(kInArchive, at + 1))
    if (fs::is_regular_file(path.substr(0, at), error)) return false;
  return true;
}

}  // namespace rappel
