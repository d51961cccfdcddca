// Stores: the one place that names every store. Commands say which store by StoreSettings and know neither
// its files nor its folders.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "base/status.h"
#include "store/document_store.h"
#include "store/model_identity.h"

namespace rappel {

class ThreadPool;

struct StoreSettings {
  std::string kind = "sqlite";
  std::string location;  // sqlite: the data folder
  int busy_ms = 10000;   // how long a lock of another process is waited for
};

// Facts about a store that need no opening.
struct StoreDescription {
  bool exists = false;                       // readable or not
  std::string location;                      // as the user configured it, for messages
  std::vector<std::filesystem::path> files;  // held open by every process that uses the store
};

// kUnsupported: the store is not in this build.
Result<StoreDescription> describe_store(const StoreSettings& settings);

// Opens the store, and creates it for this model where there is none. `pool` serves wide scans; it may be
// null.
Result<std::unique_ptr<DocumentStore>> open_store(const StoreSettings& settings, const ModelIdentity& model,
                                                  ThreadPool* pool);

// Whether a server could open the store, without creating, changing or loading anything; kNotFound: there is
// none yet. `model`: whose vectors it should hold; null: any.
Result<StoreStats> inspect_store(const StoreSettings& settings, const ModelIdentity* model);

}  // namespace rappel
