// FilePlacement: the documents that files belong to.
//
//   - A file keeps the document that the store has from its path. Another content replaces that document,
//     unless other files hold it too: then the file gets a document of its own.
//   - Files of the same content, given metadata and extension share one document (file_sources.h).
//   - If a file is gone and a new one has its content, the new one takes its place in the document, which
//     keeps id, text and vectors: it was renamed.
//
// For one thread, in the order in which files are found. See FileReader for the reading.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "base/status.h"
#include "retrieve/file_reading.h"
#include "retrieve/origin_changes.h"
#include "retrieve/retrieval.h"
#include "store/file_origin.h"

namespace rappel {

struct PlacedFile {
  enum class Kind {
    kStore,   // to be embedded and stored under `id`
    kChange,  // its document is stored: only `change` is to be made
    kJoin,    // it has the content of the document `id`, which may be one of this run that is not stored yet
    kReadAgain,  // its text is needed
  };
  Kind kind = Kind::kStore;
  std::string id = {};
  std::optional<OriginChange> change = {};
  std::string before = {};  // kChange: the path where the file was, if it was renamed
};

class FilePlacement {
 public:
  FilePlacement(Retrieval& retrieval, OriginChanges& changes, bool force, bool dry_run)
      : retrieval_(retrieval), changes_(changes), force_(force), dry_run_(dry_run) {}

  // For a reading with an origin. Takes the path from a document that it leaves; kStore also sets the
  // metadata `copies` of the reading where other files share its document. Errors of the store.
  Result<PlacedFile> place(FileReading& reading);
  // A file that is not to be stored: the store forgets what it had from it.
  Status leave(const FileReading& reading);

  // This document, of a file or not, is on its way: what the store has of it counts no more.
  void replaces(const std::string& id) { replaced_.insert(id); }
  bool is_replaced(const std::string& id) const { return replaced_.contains(id); }
  // The document of kStore is on its way; later files of its content get kJoin.
  void begun(const FileOrigin& origin, const std::string& id);
  // It is not stored.
  void failed(const FileOrigin& origin);

 private:
  Result<std::optional<PlacedFile>> find_twin(const FileOrigin& origin, const KnownFile* known);
  Result<PlacedFile> stay(FileReading& reading, const KnownFile& known, std::vector<FileOrigin> others);
  Result<PlacedFile> take_place(const KnownFile& gone, const FileOrigin& origin);
  Status drop(std::span<const KnownFile> files);
  Result<std::string> new_id(const FileReading& reading);
  Result<std::vector<FileOrigin>> origins_of(const std::string& id);

  Retrieval& retrieval_;
  OriginChanges& changes_;
  const bool force_;
  const bool dry_run_;
  std::unordered_map<std::string, std::string> begun_;  // by content, metadata and extension: the id
  std::unordered_set<std::string> replaced_;            // ids
};

}  // namespace rappel
