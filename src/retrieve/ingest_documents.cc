#include "retrieve/ingest_documents.h"

#include <fmt/format.h>

#include <utility>

namespace rappel {

IngestDocuments::IngestDocuments(Retrieval& retrieval, const IngestSettings& settings, IngestTally& tally,
                                 OriginChanges& changes, FilePlacement& placement,
                                 IngestBatches::Advance advance)
    : retrieval_(retrieval),
      tally_(tally),
      changes_(changes),
      placement_(placement),
      near_(!settings.find_similar ? nullptr
            : settings.near        ? settings.near
                                   : std::make_shared<NearDocuments>(settings.dry_run)),
      batches_(
          retrieval, {settings.batch_documents, settings.batch_bytes, settings.dry_run, settings.upserts},
          [this](const auto& pending, const Status& status, bool stored) { settle(pending, status, stored); },
          std::move(advance)) {}

void IngestDocuments::add(PendingDocument pending) {
  const std::string& id = *pending.document.id;
  if (!ids_.insert(id).second) {
    tally_.skipped("same id", pending.origin,
                   fmt::format("{} replaces an earlier document of the id {}", pending.origin, id), false);
    if (const auto earlier = batches_.replace(id)) tally_.replaced(earlier->origin, id, pending.origin);
  }
  if (near_ && pending.document.origin) load_fingerprints();
  placement_.replaces(id);
  unsettled_.insert(id);
  batches_.add(std::move(pending));
}

void IngestDocuments::join(const std::string& id, Copy copy) {
  ids_.insert(id);
  if (unsettled_.contains(id)) return copies_[id].push_back(std::move(copy));
  changes_.join(id, std::move(copy.origin), [this, id, name = copy.name](const Status& status) {
    status.ok() ? tally_.copied(name, id) : tally_.failed(name, status);
  });
}

void IngestDocuments::settle(const PendingDocument& pending, const Status& status, bool stored) {
  const std::string& id = *pending.document.id;
  unsettled_.erase(id);
  if (stored)
    stored_.insert(id);
  else
    stored_.erase(id);
  report(pending, pending.origin, pending.named, status, stored);
  if (!stored && pending.document.origin) placement_.failed(*pending.document.origin);
  const auto copies = copies_.extract(id);
  if (copies.empty()) return;
  for (Copy& copy : copies.mapped()) {
    if (stored)
      join(id, std::move(copy));
    else
      report(pending, copy.name, copy.named, status, false);
  }
}

void IngestDocuments::report(const PendingDocument& pending, const std::string& name, bool is_named,
                             const Status& status, bool stored) {
  if (!status.ok()) return tally_.failed(name, status);
  if (stored)
    return tally_.stored(
        name, *pending.document.id, pending.warnings,
        near_ ? near_->find_and_add(retrieval_, pending.document) : std::vector<std::string>());
  if (pending.blank)
    return tally_.skipped("empty", name, "cannot store " + name + ": its text is empty", is_named,
                          pending.warnings);
  tally_.skipped("too short", name,
                 fmt::format("cannot store {}: its text has no more than {} characters "
                             "(MIN_CHUNK_LENGTH_TO_EMBED)",
                             name, retrieval_.options().chunk.min_document),
                 is_named, pending.warnings);
}

void IngestDocuments::load_fingerprints() {
  const Status loaded = near_->load(*retrieval_.origins());
  if (!loaded.ok() && !std::exchange(near_failed_, true))
    tally_.failed("", "cannot look for texts that are nearly the same: " + loaded.to_string());
}

}  // namespace rappel
