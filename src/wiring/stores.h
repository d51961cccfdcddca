// Stores: the one place that names every store. A table in stores.cc has a row for each. Commands, the doctor
// and the tools name a store by StoreSettings and ask here; they know neither its files nor its folders.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/status.h"
#include "store/document_store.h"
#include "store/model_identity.h"

namespace rappel {

class ThreadPool;

struct StoreSettings {
  std::string kind = "sqlite";  // DATASTORE
  // By name: the settings of the stores (store_setting_names()), and the variables of the network that a
  // remote store needs (https_proxy, SSL_CERT_FILE).
  std::map<std::string, std::string> values;
  int busy_ms = 10000;  // how long a lock of another process is waited for

  // Empty if it is not set.
  std::string value(const std::string& name) const;
};

// The values of DATASTORE that this build has.
std::span<const std::string> store_kinds();
// The settings that the stores of this build read, as the table of options names them.
std::span<const std::string> store_setting_names();

// Facts about a store that has not been opened.
struct StoreDescription {
  bool exists = false;     // readable or not
  std::string setting;     // "RAPPEL_DATA_DIR": the setting that names the location
  std::string location;    // as configured, for messages: a folder, or a URL without credentials
  std::string place;       // the same, absolute
  std::string fact;        // "data_dir": the name of `place` in /health
  Status missing;          // kNotFound, for callers that need stored documents; OK if the store exists
  std::string unwritable;  // why this user could not create or change the store; empty: nothing is known
  std::vector<std::filesystem::path> files;  // held open by every process that uses the store
  std::filesystem::path disk;                // a path on the disk that it fills; empty: another machine's
};

// A store for a test, empty and deleted with this value.
struct ScratchStore {
  std::shared_ptr<void> place;  // outlives the store
  std::unique_ptr<DocumentStore> store;
  std::string words;  // "a temporary database"
};

// All of them: kUnsupported, with id, if the store is not in this build.

Result<StoreDescription> describe_store(const StoreSettings& settings);

// Opens the store, and creates it for this model if there is none. `pool` serves wide scans; it may be null.
Result<std::unique_ptr<DocumentStore>> open_store(const StoreSettings& settings, const ModelIdentity& model,
                                                  ThreadPool* pool);

// Whether a server could open the store, without creating, changing or loading anything; kNotFound: there is
// none yet. `model`: whose vectors it should hold; null: any.
Result<StoreStats> inspect_store(const StoreSettings& settings, const ModelIdentity* model);

// The settings of a store of the same kind that is kept in `folder`, apart from the user's documents.
Result<StoreSettings> store_in(const std::filesystem::path& folder, const StoreSettings& settings);

// An empty store of the same kind, apart from the user's documents.
Result<ScratchStore> open_scratch_store(const StoreSettings& settings, const ModelIdentity& model,
                                        ThreadPool* pool);

}  // namespace rappel
