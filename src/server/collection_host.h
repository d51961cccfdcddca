// CollectionHost: the collections of a server (store/collection.h), as protocols use them. The default one is
// the server's own core and not among them.
//
// All methods may be called from any thread; they wait for the disk. Errors as wiring/collections.h.
#pragma once

#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "server/core.h"
#include "store/collection.h"
#include "store/types.h"

namespace rappel {

struct CollectionState {
  std::string name;
  bool is_open = false;                  // false: no request has needed it yet
  bool is_degraded = false;              // its index lacks a part, or its store is damaged
  std::optional<StoreStats> stats = {};  // of an open one
};

class CollectionHost {
 public:
  virtual ~CollectionHost() = default;

  virtual Result<std::vector<CollectionSettings>> list() = 0;
  virtual Result<CollectionSettings> find(std::string_view name) = 0;
  virtual Result<CollectionSettings> create(CollectionSettings settings) = 0;
  virtual Result<CollectionSettings> change(const CollectionSettings& settings) = 0;
  // With all its documents, when the requests that use it have ended. kUnavailable: some of them took long,
  // and it is still there.
  virtual Status drop(std::string_view name) = 0;

  // The default one has it, too.
  virtual Result<CollectionUsage> usage(std::string_view name) = 0;
  // The states of those that are known, by name after the default one. Quick: waits for no request and opens
  // nothing.
  virtual std::vector<CollectionState> states() = 0;

  // The core of the collection, opened when it is used first. It is not dropped while somebody holds it.
  virtual Result<std::shared_ptr<Core>> open(std::string_view name, const std::stop_token& cancel) = 0;
};

}  // namespace rappel
