// NearDocuments: which stored documents have nearly the text of a new one (text_fingerprint.h).
//
// It reads the fingerprints of a store once and lives as long as its user likes: over all batches of a
// process that follows folders. Documents that others store meanwhile are not noticed; those that are gone do
// not count. For one thread.
#pragma once

#include <string>
#include <vector>

#include "ingest/document.h"
#include "retrieve/retrieval.h"
#include "retrieve/text_fingerprint.h"

namespace rappel {

class NearDocuments {
 public:
  // `dry_run`: new documents are not stored, and count all the same.
  explicit NearDocuments(bool dry_run) : dry_run_(dry_run) {}

  // Before the first new document is stored; later calls do nothing, unless the first one failed. The store
  // keeps origins. Errors of the store.
  Status load(OriginStore& origins);
  // The ids of at most three others, the earliest first. The document, which has its id, is one of them from
  // now on.
  std::vector<std::string> find_and_add(Retrieval& retrieval, const DocumentInput& document);

 private:
  const bool dry_run_;
  bool loaded_ = false;
  NearTexts texts_;
};

}  // namespace rappel
