// FileOrigin: a file that a document came from, so that the file is recognized when it is ingested again,
// also under another name. Stores that can keep origins keep them beside the document and write both in one
// change; clients never see them.
//
// A document has several origins if several files have the same content. All of them have the same `content`
// and `settings`: an upsert with an origin keeps the others only where they are equal, and an upsert without
// one keeps none. A path belongs to several documents if each of them is a part of that file: the lines of a
// manifest.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "store/metadata.h"

namespace rappel {

struct FileOrigin {
  std::string path;  // absolute, links resolved; of a file in an archive: file_place.h. Any bytes but NUL
  std::string name;  // the source_id that the file gives its document; "": none (lines of manifests)
  // What the text follows from: SHA-256 of the file's bytes, hexadecimal, or the id that a line without one
  // gets; and a mark for what the settings made of it ("redacted").
  std::string content;
  std::string settings;  // SHA-256 of what only the metadata follow from; "": no metadata are given
  std::optional<std::uint64_t> fingerprint = {};  // of the stored text: near texts have near fingerprints

  bool operator==(const FileOrigin&) const = default;
};

struct KnownFile {
  std::string id;  // of the document
  FileOrigin origin;
};

// A change of one document, whose text and vectors stay.
struct OriginChange {
  std::string id;
  std::optional<Metadata> metadata = {};  // instead of what it has
  std::vector<std::string> removed = {};  // paths
  std::vector<FileOrigin> added = {};     // after that, each instead of one with the same path
};

// Any thread may call any method. Errors as those of DocumentStore.
class OriginStore {
 public:
  virtual ~OriginStore() = default;
  // In the order of the ids.
  virtual Result<std::vector<KnownFile>> files_at(const std::string& path) = 0;
  // In the order of the paths. Empty: there is no such document, or it came from no file.
  virtual Result<std::vector<FileOrigin>> origins_of(const std::string& id) = 0;
  // At most 100 of them, in the order of path and id.
  virtual Result<std::vector<KnownFile>> files_with(const std::string& content) = 0;
  // The files in `folder`, at any depth, in the order of path and id: at most `limit`, after `after` if it is
  // not null. A folder has no '/' at its end.
  virtual Result<std::vector<KnownFile>> files_below(const std::string& folder, const KnownFile* after,
                                                     std::size_t limit) = 0;
  // Told every fingerprint with the id of its document.
  virtual Status visit_fingerprints(
      const std::function<void(std::uint64_t fingerprint, std::string_view id)>& visit) = 0;
  // All of them or none. kNotFound: there is no such document.
  virtual Status change_origins(std::span<const OriginChange> changes) = 0;
};

}  // namespace rappel
