// ServedCollections: the collections of `rappel serve`, which share the models of the default one. A store is
// opened by the first request that names its collection, and closed with the server or by drop().
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "cli/command.h"
#include "cli/workspace.h"
#include "server/collection_host.h"
#include "wiring/collections.h"

namespace rappel {

class ServedCollections final : public CollectionHost {
 public:
  // `models` gives the loaded models and waits for them, `loaded` gives them or null at once; they and the
  // context outlive this.
  using Models = std::function<Result<Workspace*>(const std::stop_token& cancel)>;
  using Loaded = std::function<Workspace*()>;
  ServedCollections(const CommandContext& context, Collections collections, Models models, Loaded loaded);

  Result<std::vector<CollectionSettings>> list() override;
  Result<CollectionSettings> find(std::string_view name) override { return collections_.find(name); }
  Result<CollectionSettings> create(CollectionSettings settings) override;
  Result<CollectionSettings> change(const CollectionSettings& settings) override;
  Status drop(std::string_view name) override;
  Result<CollectionUsage> usage(std::string_view name) override;
  std::vector<CollectionState> states() override;
  Result<std::shared_ptr<Core>> open(std::string_view name, const std::stop_token& cancel) override;

 private:
  struct Opened;
  Result<std::shared_ptr<Opened>> make(const CollectionSettings& settings, const std::stop_token& cancel);

  const CommandContext& context_;
  const Collections collections_;
  const Models models_;
  const Loaded loaded_;
  std::mutex mutex_;
  std::map<std::string, std::shared_ptr<Opened>, std::less<>> opened_;
  std::set<std::string, std::less<>> dropping_;
  std::set<std::string, std::less<>> known_;  // names, as they were seen last
  std::mutex opening_;                        // one store at a time
};

}  // namespace rappel
