#include "testing/temp_dir.h"

#include "base/check.h"
#include "base/os/random.h"

namespace rappel {

TempDir::TempDir() : path_(std::filesystem::temp_directory_path() / ("rappel-test-" + random_hex(8))) {
  RAPPEL_CHECK(std::filesystem::create_directory(path_), "a test's folder is new");
}

TempDir::~TempDir() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

}  // namespace rappel
