// The result of a check of a store: the parts that were looked at, and the findings.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "base/status.h"

namespace rappel {

struct StoreReport {
  // Each part that was checked, with the finding as text: {"pages", "1200 pages with their checksums"}.
  std::vector<std::pair<std::string, std::string>> looked_at;
  std::vector<Status> findings;  // with ids; empty: the store is sound
  // Ids of documents that a repair found damaged and cannot mend. They are still stored, or removed because
  // the caller asked for that.
  std::vector<std::string> damaged_documents;
  std::vector<std::string> removed_documents;

  void add(std::string part, std::string words) { looked_at.emplace_back(std::move(part), std::move(words)); }
  // A finding of a part, or its words when there is none.
  void add(std::string part, const Status& status, std::string words) {
    if (!status.ok()) findings.push_back(status);
    add(std::move(part), status.ok() ? std::move(words) : "damaged, see below");
  }
};

}  // namespace rappel
