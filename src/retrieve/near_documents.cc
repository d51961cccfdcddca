#include "retrieve/near_documents.h"

#include <string_view>
#include <utility>

namespace rappel {

Status NearDocuments::load(OriginStore& origins) {
  if (loaded_) return {};
  RAPPEL_TRY(origins.visit_fingerprints(
      [this](std::uint64_t fingerprint, std::string_view id) { texts_.add(fingerprint, id); }));
  loaded_ = true;
  return {};
}

std::vector<std::string> NearDocuments::find_and_add(Retrieval& retrieval, const DocumentInput& document) {
  if (!document.origin || !document.origin->fingerprint) return {};
  constexpr std::size_t kNamed = 3;
  const auto is_there = [&](const std::string& id) {
    if (dry_run_) return true;
    const auto page = retrieval.list(Filter::document(id), 0, 1);
    return page.ok() && !(*page).documents.empty();
  };
  auto near = texts_.near(*document.origin->fingerprint, *document.id, kNamed, is_there);
  texts_.add(*document.origin->fingerprint, *document.id);
  return near;
}

}  // namespace rappel
