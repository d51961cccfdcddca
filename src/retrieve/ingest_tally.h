// IngestTally: counts what becomes of the files and lines of an ingest run, and tells its observer.
#pragma once

#include <string>
#include <vector>

#include "base/status.h"
#include "retrieve/ingest_run.h"

namespace rappel {

class IngestTally {
 public:
  explicit IngestTally(IngestObserver& observer) : observer_(observer) {}

  // `message` names what failed.
  void failed(const std::string& name, const std::string& message);
  void failed(const std::string& name, const Status& status);
  void unread(const std::string& name, const Status& status);
  // `unexpected`: the user named it, or it could not be looked at. `warnings` may say why there is no text.
  void skipped(const std::string& kind, const std::string& name, const std::string& message, bool unexpected,
               const std::vector<std::string>& warnings = {});
  // By another document of its id, before it was stored.
  void replaced(const std::string& name, const std::string& id, const std::string& by);
  void warned(const std::string& name, const std::vector<std::string>& warnings);
  // `similar`: ids of documents with nearly the same text.
  void stored(const std::string& name, const std::string& id, const std::vector<std::string>& warnings,
              std::vector<std::string> similar);
  void unchanged(const std::string& name, const std::string& id);
  void moved(const std::string& name, const std::string& id, const std::string& before);
  void copied(const std::string& name, const std::string& id);
  void removed(const std::string& name, const std::string& id);

  IngestCounts counts;

 private:
  void failed(IngestItem item);

  IngestObserver& observer_;
};

}  // namespace rappel
