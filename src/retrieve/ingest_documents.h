// IngestDocuments: the documents of a run on their way into the store, each id once. Files that have the
// content of such a document wait for it. Tells the tally what becomes of both.
//
// For one thread. The objects that it is given must outlive it.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "base/status.h"
#include "retrieve/file_placement.h"
#include "retrieve/ingest_batches.h"
#include "retrieve/ingest_run.h"
#include "retrieve/ingest_tally.h"
#include "retrieve/near_documents.h"
#include "retrieve/origin_changes.h"
#include "retrieve/retrieval.h"

namespace rappel {

class IngestDocuments {
 public:
  // A file with the content of another one.
  struct Copy {
    std::string name;  // for messages
    FileOrigin origin;
    bool named;  // by the user
  };

  // `advance` is called after each batch.
  IngestDocuments(Retrieval& retrieval, const IngestSettings& settings, IngestTally& tally,
                  OriginChanges& changes, FilePlacement& placement, IngestBatches::Advance advance);

  // Takes the place of an earlier one of its id, which is reported as skipped.
  void add(PendingDocument pending);
  // The file becomes one of the document's, which is stored or on its way.
  void join(const std::string& id, Copy copy);
  // A document that is stored, and stays.
  void keep(const std::string& id) { ids_.insert(id); }
  // Everything on its way is stored or failed afterwards.
  void finish() { batches_.finish(); }

  const std::unordered_set<std::string>& ids() const { return ids_; }  // of all of them
  std::size_t stored() const { return stored_.size(); }

 private:
  void settle(const PendingDocument& pending, const Status& status, bool stored);
  void report(const PendingDocument& pending, const std::string& name, bool is_named, const Status& status,
              bool stored);
  void load_fingerprints();

  Retrieval& retrieval_;
  IngestTally& tally_;
  OriginChanges& changes_;
  FilePlacement& placement_;
  const std::shared_ptr<NearDocuments> near_;  // null: not looked for
  bool near_failed_ = false;
  std::unordered_set<std::string> ids_;
  std::unordered_set<std::string> stored_;
  std::unordered_set<std::string> unsettled_;                  // ids of documents on their way
  std::unordered_map<std::string, std::vector<Copy>> copies_;  // of those documents
  IngestBatches batches_;  // last: its upserts end before the members above
};

}  // namespace rappel
