// The file of a store before SQLite opens it.
#pragma once

#include <filesystem>

#include "base/status.h"

namespace rappel::sqlite {

// Makes folder and file where they are missing, so that their modes are ours and their names survive a power
// cut. kUnavailable [data-folder]: they cannot be made or written.
Status make_store_file(const std::filesystem::path& folder, const std::filesystem::path& file);

// A file whose making by an older version was cut off has nothing in it and no room for seals: it starts
// over.
Status empty_unfinished(const std::filesystem::path& file, int busy_ms);

// The files of the index, beside the database.
inline std::filesystem::path index_folder_of(const std::filesystem::path& file) {
  return file.parent_path() / "index";
}

}  // namespace rappel::sqlite
