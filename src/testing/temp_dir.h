// TempDir: a new temporary folder for one test; the destructor removes it with its content.
#pragma once

#include <filesystem>

namespace rappel {

class TempDir {
 public:
  TempDir();
  ~TempDir();
  TempDir(const TempDir&) = delete;
  TempDir& operator=(const TempDir&) = delete;
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

}  // namespace rappel
