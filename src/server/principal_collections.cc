#include "server/principal_collections.h"

#include <utility>

namespace rappel {

Status PrincipalCollections::admit(std::string_view name) const {
  if (counts_) counts_->note_collection(name);
  return has(name) ? Status() : no_such_collection(name);
}

Status PrincipalCollections::reach(std::string_view name) const {
  RAPPEL_TRY(admit(name));
  return host_ != nullptr ? Status() : no_such_collection(name);
}

Result<std::vector<CollectionSettings>> PrincipalCollections::list() {
  if (host_ == nullptr) return std::vector<CollectionSettings>();
  RAPPEL_ASSIGN(std::vector<CollectionSettings> all, host_->list());
  std::erase_if(all, [this](const CollectionSettings& one) { return !has(one.name); });
  return all;
}

Result<CollectionSettings> PrincipalCollections::find(std::string_view name) {
  RAPPEL_TRY(reach(name));
  return host_->find(name);
}

Result<CollectionSettings> PrincipalCollections::create(CollectionSettings settings) {
  RAPPEL_TRY(check_collection(settings));
  if (!admit(settings.name).ok())
    return Status(Code::kUnauthenticated,
                  "This token makes collections of its own list only: use a token without one");
  RAPPEL_TRY(reach(settings.name));
  return host_->create(std::move(settings));
}

Result<CollectionSettings> PrincipalCollections::change(const CollectionSettings& settings) {
  RAPPEL_TRY(reach(settings.name));
  return host_->change(settings);
}

Status PrincipalCollections::drop(std::string_view name) {
  RAPPEL_TRY(reach(name));
  return host_->drop(name);
}

Result<CollectionUsage> PrincipalCollections::usage(std::string_view name) {
  RAPPEL_TRY(reach(name));
  if (principal_->is_bound())
    return Status(Code::kNotFound, "this token does not see the size of a collection");
  return host_->usage(name);
}

std::vector<CollectionState> PrincipalCollections::states() {
  if (host_ == nullptr) return {};
  std::vector<CollectionState> all = host_->states();
  std::erase_if(all, [this](const CollectionState& one) { return !has(one.name); });
  if (principal_ && principal_->is_bound())
    for (CollectionState& one : all) one.stats.reset();
  return all;
}

Result<std::shared_ptr<Core>> PrincipalCollections::open(std::string_view name,
                                                         const std::stop_token& cancel) {
  RAPPEL_TRY(reach(name));
  return host_->open(name, cancel);
}

}  // namespace rappel
