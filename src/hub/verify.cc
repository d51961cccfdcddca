// verify_model_files: large files against the hash that the Hub published.
#include <algorithm>
#include <system_error>

#include "base/os/file.h"
#include "codec/sha256.h"
#include "hub/hub.h"

namespace rappel {
namespace {

namespace fs = std::filesystem;

// False: there is no published hash.
Result<bool> hash_agrees(const fs::path& path) {
  constexpr std::size_t kPiece = std::size_t{16} << 20, kDigits = 64;
  std::error_code error;
  const std::string wanted = fs::read_symlink(path, error).filename().string();
  if (error || wanted.size() != kDigits) return false;
  RAPPEL_ASSIGN(const auto file, MappedFile::open(path));
  Sha256 hash;
  const std::span<const std::byte> bytes = file->bytes();
  for (std::size_t at = 0; at < bytes.size(); at += kPiece) {
    const auto piece = bytes.subspan(at, std::min(kPiece, bytes.size() - at));
    hash.update(piece);
    file->release(piece);
  }
  if (hash.finish_hex() != wanted)
    return Status(Code::kCorrupt, path.string() + " is not what was published: remove it and run `rappel model pull` again");
  return true;
}

}  // namespace

Result<int> verify_model_files(const ModelInfo& info) {
  int hashed = 0;
  for (const ModelFileInfo& file : info.files) {
    RAPPEL_ASSIGN(const bool known, hash_agrees(info.folder / file.name));
    hashed += known ? 1 : 0;
  }
  return hashed;
}

}  // namespace rappel
