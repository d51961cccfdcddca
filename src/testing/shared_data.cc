#include "testing/shared_data.h"

#include <cstdlib>

#include "base/os/file.h"

namespace rappel {
namespace {

namespace fs = std::filesystem;

std::string trimmed(std::string text) {
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r' || text.back() == ' ')) text.pop_back();
  return text;
}

}  // namespace

std::optional<fs::path> shared_data(const std::string& relative) {
  const char* named = std::getenv("RAPPEL_SHARED");
  const fs::path root = named != nullptr ? fs::path(named) : fs::path("../shared");
  const fs::path path = fs::absolute(root / "data" / relative);
  return fs::exists(path) ? std::optional(path) : std::nullopt;
}

std::string missing_shared_data() {
  return "reference data not found: set RAPPEL_SHARED or put shared/ next to the checkout";
}

std::optional<fs::path> linked_model(const std::string& name, const fs::path& into) {
  const fs::path ours = fs::absolute("testdata/models/" + name);
  const auto source = fs::exists(ours) ? std::optional(ours) : shared_data("models/" + name);
  if (!source) return std::nullopt;
  const fs::path target = into / name;
  fs::create_directories(target);
  for (const auto& entry : fs::directory_iterator(*source)) {
    fs::path from = entry.path();
    fs::path file = from.filename();
    if (file.extension() == ".path") {
      const auto relative = read_file(from);
      if (!relative) return std::nullopt;
      from = fs::weakly_canonical(*source / trimmed(*relative));
      file = file.stem();
    }
    if (!fs::exists(target / file)) fs::create_symlink(from, target / file);
  }
  return target;
}

std::optional<fs::path> minilm_model() {
  const char* named = std::getenv("RAPPEL_MINILM");
  const fs::path path =
      fs::absolute(named != nullptr ? fs::path(named) : fs::path("models/all-MiniLM-L6-v2"));
  return fs::exists(path / "config.json") ? std::optional(path) : std::nullopt;
}

}  // namespace rappel
