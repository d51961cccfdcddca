#include "store/sqlite/raw_file.h"

#include <sqlite3.h>

namespace rappel::sqlite {

std::unique_ptr<RawFile> RawFile::open(const std::filesystem::path& path, int kind) {
  sqlite3_vfs* vfs = sqlite3_initialize() == SQLITE_OK ? sqlite3_vfs_find(nullptr) : nullptr;
  if (vfs == nullptr) return nullptr;
  std::unique_ptr<RawFile> raw(new RawFile);
  // The names of databases end with several zeros, where SQLite keeps the parameters of a URI.
  raw->name_ = std::filesystem::absolute(path).string() + std::string(4, '\0');
  raw->memory_ = std::make_unique<std::byte[]>(static_cast<std::size_t>(vfs->szOsFile));
  auto* file = reinterpret_cast<sqlite3_file*>(raw->memory_.get());
  if (vfs->xOpen(vfs, raw->name_.c_str(), file, SQLITE_OPEN_READWRITE | kind, nullptr) != SQLITE_OK)
    return nullptr;
  raw->file_ = file;
  return raw;
}

RawFile::~RawFile() {
  if (file_ != nullptr) file_->pMethods->xClose(file_);
}

}  // namespace rappel::sqlite
