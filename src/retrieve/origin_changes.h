// OriginChanges: changes of origins and metadata on their way into the store, many in one transaction,
// because each transaction waits for the disk.
//
// For one thread. Results come through the function given with a change, on that thread, during the calls.
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <string>
#include <unordered_set>
#include <vector>

#include "base/status.h"
#include "retrieve/retrieval.h"
#include "store/file_origin.h"

namespace rappel {

class OriginChanges {
 public:
  using Done = std::function<void(const Status&)>;

  // `dry_run`: nothing is changed, and every change succeeds.
  OriginChanges(Retrieval& retrieval, bool dry_run) : retrieval_(retrieval), dry_run_(dry_run) {}

  void add(OriginChange change, Done done);
  // The file becomes one of the document's, which is stored and has its content.
  void join(const std::string& id, FileOrigin origin, Done done);
  // A failed change costs no other.
  void flush();
  // If a change of this document waits: the store does not know it yet.
  void flush_if(const std::string& id);

 private:
  struct Waiting {
    OriginChange change;
    std::vector<Done> done;
  };
  struct Joining {
    std::vector<FileOrigin> origins;
    std::vector<Done> done;
  };

  void begin_joins();

  Retrieval& retrieval_;
  const bool dry_run_;
  std::vector<Waiting> waiting_;
  std::unordered_set<std::string> ids_;   // of waiting_
  std::map<std::string, Joining> joins_;  // by document
  std::size_t joining_ = 0;               // files in joins_
};

}  // namespace rappel
