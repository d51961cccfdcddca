// CoreGate: the way of every protocol to the core. The server listens before the core is there, so protocols
// ask the gate, which gives each token its own view (principal_core.h). It also turns a failure of the core
// into a Refusal and logs its cause, the same for all of them.
//
// All methods may be called from any thread; open() once.
#pragma once

#include <atomic>
#include <mutex>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "server/core.h"
#include "server/http/refusal.h"
#include "server/http/request.h"
#include "server/principal_collections.h"
#include "server/principal_core.h"

namespace rappel {

class Logger;

class CoreGate {
 public:
  // `logger` may be null.
  explicit CoreGate(Logger* logger) : logger_(logger) {}

  // From now on requests reach the core and the collections (may be null), which must outlive them.
  void open(Core& core, CollectionHost* collections = nullptr) {
    collections_.store(collections);
    core_.store(&core);
  }

  // The core as it is for the holder of this request's token. After refuse_early() has let a request pass,
  // there is one.
  PrincipalCore core(const RequestHead& head) const { return core(head, head.collection); }
  // In a collection that something else in the request names; empty: the default one.
  PrincipalCore core(const RequestHead& head, std::string collection) const {
    return PrincipalCore(*core_.load(), head.principal, head.counts, head.trace)
        .in(collections_.load(), std::move(collection));
  }
  PrincipalCore core(PrincipalPtr principal, std::string collection = {}) const {
    return PrincipalCore(*core_.load(), std::move(principal)).in(collections_.load(), std::move(collection));
  }
  // Whether the collection that the request names is there for the holder of its token: kNotFound, or why
  // that is not known.
  Status check_collection(const RequestHead& head) const;
  // The collections beside the default one, as the holder of this request's token sees them; nothing: this
  // server has none.
  std::optional<PrincipalCollections> collections(const RequestHead& head) const {
    return collections_as(head.principal, head.counts);
  }
  // The same for work that goes on after its request.
  std::optional<PrincipalCollections> collections(PrincipalPtr principal) const {
    return collections_as(std::move(principal), nullptr);
  }
  // The models, for facts about them that are open to everyone: what they compute is not.
  Result<ServedModels> shown_models(const std::stop_token& cancel) const {
    return core_.load()->models(cancel);
  }
  bool index_degraded() const { return core_.load()->index_degraded(); }
  // For Route::admit: refuses while there is no core at all.
  std::optional<Refusal> refuse_early(const RequestHead& head) const;

  // The holders of named tokens, for work that goes on after its request (jobs).
  void set_holders(const std::vector<KnownToken>& tokens);
  // By Principal::id; null when the token is unknown, revoked or expired.
  PrincipalPtr holder(std::string_view id) const;

  Readiness readiness() const;
  // "ok", "idle", "loading", "failed".
  const char* state() const;
  // The refusal of a request that cannot be computed now.
  Refusal not_ready() const;
  // The refusal that an upload would get now because of the store; nothing if it would be stored.
  std::optional<Refusal> not_writable() const;

  // The refusal of this request after a failure of the core. The cause goes to the log: a client's
  // own mistakes as info, a full server as a warning, the rest as an error.
  Refusal refuse(const RequestHead& head, const Status& failure) const;
  // Logs something that the client of this request is not told.
  void warn(const RequestHead& head, std::string_view message) const;

 private:
  std::optional<PrincipalCollections> collections_as(PrincipalPtr principal,
                                                     std::shared_ptr<RequestCounts> counts) const;
  void log(const RequestHead& head, const Status& failure, int status) const;

  Logger* const logger_;
  std::atomic<Core*> core_{nullptr};
  std::atomic<CollectionHost*> collections_{nullptr};
  mutable std::mutex holders_mutex_;
  std::vector<PrincipalPtr> holders_;
};

}  // namespace rappel
