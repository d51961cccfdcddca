// The places of files as origins of documents (store/file_origin.h). A file in an archive, or attached to a
// mail, has the path of that file, kInArchive and its name there.
#pragma once

#include <string>
#include <string_view>

namespace rappel {

inline constexpr std::string_view kInArchive = "!/";
// After the path of an archive: the folder that holds the files in it (OriginStore::files_below()).
inline constexpr std::string_view kArchiveFolder = "!";

// Nothing is at the path, nor is it in an archive that is there. A folder that may not be looked into is no
// sign that a file is gone. Files that a client has sent (sent.h) are never gone.
bool is_file_gone(const std::string& path);

}  // namespace rappel
