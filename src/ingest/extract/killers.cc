#include "ingest/extract/killers.h"

#include <utility>

#include "ingest/content/content_hash.h"

namespace rappel {
namespace {

constexpr std::size_t kMost = 10'000;

}  // namespace

std::optional<std::string> Killers::refused(std::string_view bytes, const MappedFile* file) {
  if (is_empty()) return std::nullopt;  // nearly always: then nothing is hashed
  const std::string hash = content_hash(bytes, file);
  const std::lock_guard lock(mutex_);
  const auto found = killers_.find(hash);
  if (found == killers_.end() || found->second.deaths < 2) return std::nullopt;
  return found->second.reason;
}

void Killers::add(std::string_view bytes, const std::string& reason, const MappedFile* file) {
  std::string hash = content_hash(bytes, file);
  const std::lock_guard lock(mutex_);
  if (killers_.size() >= kMost) killers_.clear();
  Killer& killer = killers_[std::move(hash)];
  ++killer.deaths;
  killer.reason = reason;
}

bool Killers::is_empty() {
  const std::lock_guard lock(mutex_);
  return killers_.empty();
}

}  // namespace rappel
