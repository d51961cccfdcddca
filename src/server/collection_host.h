// CollectionHost: the collections of a server (store/collection.h), as protocols use them. The default one is
// the server's own core and not among them.
//
// All methods may be called from any thread; they wait for the disk. Errors as wiring/collections.h.
#pragma once

#include <memory>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "server/core.h"
#include "store/collection.h"

namespace rappel {

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

  // The core of the collection, opened when it is used first. It is not dropped while somebody holds it.
  virtual Result<std::shared_ptr<Core>> open(std::string_view name, const std::stop_token& cancel) = 0;
};

}  // namespace rappel
