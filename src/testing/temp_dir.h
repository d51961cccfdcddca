// TempDir: a folder of its own for one test, removed with everything in it at the end.
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
