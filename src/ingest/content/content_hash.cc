#include "ingest/content/content_hash.h"

#include <span>

#include "codec/sha256.h"

namespace rappel {
namespace {

constexpr std::size_t kStep = std::size_t{4} << 20;

bool holds(const MappedFile& file, std::string_view bytes) {
  const auto all = std::as_bytes(std::span(bytes));
  return all.data() >= file.bytes().data() &&
         all.data() + all.size() <= file.bytes().data() + file.bytes().size();
}

}  // namespace

std::string content_hash(std::string_view bytes, const MappedFile* file) {
  const bool mapped = file != nullptr && holds(*file, bytes);
  Sha256 hash;
  for (std::string_view left = bytes; !left.empty();) {
    const std::string_view step = left.substr(0, kStep);
    hash.update(step);
    if (mapped) file->release(std::as_bytes(std::span(step)));
    left.remove_prefix(step.size());
  }
  return hash.finish_hex();
}

}  // namespace rappel
