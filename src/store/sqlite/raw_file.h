// RawFile: a file through SQLite's default VFS, without a connection. The VFS knows how each system locks and
// syncs a file, and its locks are those of SQLite's own connections.
#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <string>

struct sqlite3_file;

namespace rappel::sqlite {

class RawFile {
 public:
  // An existing file, for reading and writing. `kind`: SQLITE_OPEN_MAIN_DB or another kind of the VFS. Null:
  // it cannot be opened.
  static std::unique_ptr<RawFile> open(const std::filesystem::path& path, int kind);
  ~RawFile();
  RawFile(const RawFile&) = delete;
  RawFile& operator=(const RawFile&) = delete;

  sqlite3_file* get() const { return file_; }

 private:
  RawFile() = default;

  std::string name_;
  std::unique_ptr<std::byte[]> memory_;  // of the file
  sqlite3_file* file_ = nullptr;
};

}  // namespace rappel::sqlite
