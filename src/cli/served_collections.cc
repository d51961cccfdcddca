#include "cli/served_collections.h"

#include <fmt/format.h>

#include <chrono>
#include <thread>
#include <utility>

#include "config/settings.h"
#include "retrieve/retrieval.h"

namespace rappel {
namespace {

// A drop waits so long for requests that use the collection.
constexpr std::chrono::seconds kDropPatience{10};
constexpr std::chrono::milliseconds kDropPause{20};
constexpr int kRetryDropSeconds = 5;

CollectionState state_of(std::string name, DocumentStore& store) {
  CollectionState state{.name = std::move(name), .is_open = true};
  state.is_degraded = store.index_health().degraded || !store.trouble().ok();
  if (const auto stats = store.stats(); stats.ok()) state.stats = *stats;
  return state;
}

}  // namespace

struct ServedCollections::Opened {
  std::unique_ptr<DocumentStore> store;
  std::unique_ptr<Retrieval> retrieval;
  std::unique_ptr<Core> core;
};

ServedCollections::ServedCollections(const CommandContext& context, Collections collections, Models models,
                                     Loaded loaded)
    : context_(context),
      collections_(std::move(collections)),
      models_(std::move(models)),
      loaded_(std::move(loaded)) {
  (void)list();  // states() knows them from the start
}

Result<std::vector<CollectionSettings>> ServedCollections::list() {
  auto all = collections_.list();
  if (!all.ok()) return all;
  const std::lock_guard lock(mutex_);
  known_.clear();
  for (const CollectionSettings& one : *all) known_.insert(one.name);
  return all;
}

Result<CollectionSettings> ServedCollections::create(CollectionSettings settings) {
  auto created = collections_.create(std::move(settings));
  if (!created.ok()) return created;
  const std::lock_guard lock(mutex_);
  known_.insert(created->name);
  return created;
}

// An open store is asked itself: one more reader would keep it from being dropped.
Result<CollectionUsage> ServedCollections::usage(std::string_view name) {
  std::shared_ptr<Opened> opened;
  {
    const std::lock_guard lock(mutex_);
    if (dropping_.contains(name)) return no_such_collection(name);
    if (const auto it = opened_.find(name); it != opened_.end()) opened = it->second;
  }
  if (!opened) return collections_.usage(name);
  RAPPEL_ASSIGN(const StoreStats stats, opened->store->stats());
  RAPPEL_ASSIGN(const std::uint64_t bytes, collections_.bytes(name));
  return CollectionUsage{stats.documents, stats.chunks, bytes};
}

std::vector<CollectionState> ServedCollections::states() {
  std::vector<CollectionState> states{{.name = std::string(kDefaultCollection)}};
  if (Workspace* const workspace = loaded_())
    states.front() = state_of(states.front().name, workspace->retrieval().store());
  std::map<std::string, std::shared_ptr<Opened>, std::less<>> opened;
  {
    const std::lock_guard lock(mutex_);
    opened = opened_;
    for (const std::string& name : known_) opened.emplace(name, nullptr);
  }
  for (const auto& [name, one] : opened)
    states.push_back(one ? state_of(name, *one->store) : CollectionState{.name = name});
  return states;
}

Result<CollectionSettings> ServedCollections::change(const CollectionSettings& settings) {
  return collections_.change(settings);
}

Result<std::shared_ptr<ServedCollections::Opened>> ServedCollections::make(const CollectionSettings& settings,
                                                                           const std::stop_token& cancel) {
  RAPPEL_ASSIGN(Workspace * workspace, models_(cancel));
  RAPPEL_ASSIGN(const StoreSettings place, collections_.store(settings.name));
  auto opened = std::make_shared<Opened>();
  RAPPEL_ASSIGN(opened->store,
                open_store(place, workspace->embedder().identity(), &workspace->runtime().pool()));
  opened->retrieval =
      std::make_unique<Retrieval>(*opened->store, workspace->embedder(), workspace->reranker(),
                                  in_collection(workspace->retrieval().options(), settings), context_.logger);
  opened->core = retrieval_core(*opened->retrieval, [embedder = &workspace->embedder()] {
    return embedder->health().lost ? Readiness::kFailed : Readiness::kReady;
  });
  context_.logger->info("opened collection {}", settings.name);
  return opened;
}

Result<std::shared_ptr<Core>> ServedCollections::open(std::string_view name, const std::stop_token& cancel) {
  const auto find_opened = [&]() -> Result<std::shared_ptr<Opened>> {
    const std::lock_guard lock(mutex_);
    if (dropping_.contains(name)) return no_such_collection(name);
    const auto it = opened_.find(name);
    return it == opened_.end() ? nullptr : it->second;
  };
  const auto core_of = [](const std::shared_ptr<Opened>& opened) {
    return std::shared_ptr<Core>(opened, opened->core.get());
  };
  RAPPEL_ASSIGN(std::shared_ptr<Opened> opened, find_opened());
  if (opened) return core_of(opened);
  const std::lock_guard opening(opening_);
  RAPPEL_ASSIGN(opened, find_opened());  // by another request meanwhile
  if (opened) return core_of(opened);
  RAPPEL_ASSIGN(const CollectionSettings settings, collections_.find(name));
  RAPPEL_ASSIGN(opened, make(settings, cancel));
  const std::lock_guard lock(mutex_);
  if (dropping_.contains(name)) return no_such_collection(name);
  known_.emplace(name);
  opened_.emplace(name, opened);
  return core_of(opened);
}

Status ServedCollections::drop(std::string_view name) {
  RAPPEL_TRY(collections_.find(name).status());
  {
    const std::lock_guard lock(mutex_);
    if (!dropping_.emplace(name).second) return no_such_collection(name);
  }
  { const std::lock_guard opening(opening_); }  // who opens it now sees that it is being dropped
  std::shared_ptr<Opened> opened;
  {
    const std::lock_guard lock(mutex_);
    if (const auto it = opened_.find(name); it != opened_.end()) {
      opened = std::move(it->second);
      opened_.erase(it);
    }
  }
  // Nobody gets it any more, so the number of its users only falls.
  const auto end = std::chrono::steady_clock::now() + kDropPatience;
  while (opened && opened.use_count() > 1 && std::chrono::steady_clock::now() < end)
    std::this_thread::sleep_for(kDropPause);
  Status status;
  if (opened && opened.use_count() > 1) {
    status = Status(Code::kUnavailable,
                    fmt::format("collection \"{}\" is in use; it is still there, so try again", name))
                 .with_retry_after(kRetryDropSeconds);
    const std::lock_guard lock(mutex_);
    opened_.emplace(name, std::move(opened));
  } else {
    opened.reset();  // closes its store
    status = collections_.drop(name);
    // Somebody else has its store open.
    if (status.code() == Code::kUnavailable) status = std::move(status).with_retry_after(kRetryDropSeconds);
  }
  const std::lock_guard lock(mutex_);
  if (const auto it = known_.find(name); status.ok() && it != known_.end()) known_.erase(it);
  dropping_.erase(dropping_.find(name));
  return status;
}

}  // namespace rappel
