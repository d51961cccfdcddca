// verify_model_files: large files against the hash that the Hub published.
#include <system_error>

#include "hub/blob.h"
#include "hub/hub.h"
#include "hub/names.h"

namespace rappel {
namespace {

namespace fs = std::filesystem;

// False: there is no published hash.
Result<bool> hash_agrees(const fs::path& path, const std::stop_token& cancel) {
  std::error_code error;
  const std::string wanted = fs::read_symlink(path, error).filename().string();
  if (error || !hub::is_sha256(wanted)) return false;
  RAPPEL_ASSIGN(const std::string hash, hub::hash_file(path, false, cancel));
  if (hash == wanted) return true;
  // Not the link: a pull would find its target there, of the right size, and link the same bytes again.
  const fs::path blob = fs::canonical(path, error);
  return Status(Code::kCorrupt, (error ? path : blob).string() +
                                    " is not what was published: remove it and run `rappel model pull` again")
      .with_id("model-damaged");
}

}  // namespace

Result<int> verify_model_files(const ModelInfo& info, const std::stop_token& cancel) {
  int hashed = 0;
  for (const ModelFileInfo& file : info.files) {
    RAPPEL_ASSIGN(const bool known, hash_agrees(info.folder / file.name, cancel));
    hashed += known ? 1 : 0;
  }
  return hashed;
}

}  // namespace rappel
