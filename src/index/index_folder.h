// IndexFolder: the files of a store's index, a cache beside the store's truth. docs/storage.md has the
// formats.
//
// A manifest names the files in force and the commit that they reached; it is replaced atomically after the
// files that it names are on disk. Files that it does not name are left over and are removed by the next
// save. The names are hashes of the content. One process writes at a time; the others read.
//
// Any thread may call the methods. A file that is missing, damaged or of another store costs time, not
// answers: its rows are encoded again.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/os/fd.h"
#include "base/status.h"
#include "index/dense/dense_index.h"

namespace rappel {

// The store that an index belongs to.
struct IndexSource {
  std::uint64_t store = 0;  // identity of the store
  int dimension = 0;
};

struct IndexManifest {
  struct File {
    std::string name;
    std::string codec;                 // a file; empty: the codec without training
    std::int64_t first = 0, last = 0;  // rows
  };
  std::int64_t commit = 0;     // that the index reached
  std::int64_t next_row = 0;   // rows from here on are not in it
  std::string codec;           // of new rows
  std::vector<File> segments;  // by ascending rows
};

class IndexFolder {
 public:
  IndexFolder(std::filesystem::path folder, IndexSource source)
      : folder_(std::move(folder)), source_(source) {}

  // Nothing where there is none that can be used.
  std::optional<IndexManifest> manifest() const;
  // Each codec once.
  Result<std::shared_ptr<const DenseCodec>> load_codec(const std::string& name);
  // A segment that lies in the file. Remembers that it is on disk.
  Result<DenseIndex::Segment> load(const IndexManifest::File& file);

  // Whether this process is the one that writes; asks for it if it is not yet.
  bool take_over();
  // Segments that are not on disk as they are.
  std::size_t unsaved(const DenseIndex& index) const;
  // A segment of the memory, and the same in a file.
  struct Moved {
    std::shared_ptr<const DenseSegment> from;
    DenseIndex::Segment to;
  };
  // Writes what is not on disk yet; returns the full segments that are there now. Only after take_over().
  // kUnavailable: the disk.
  Result<std::vector<Moved>> save(const DenseIndex& index, std::int64_t commit, std::int64_t next_row);
  // Removes every file of the folder's own.
  static void clear(const std::filesystem::path& folder);

 private:
  struct Saved {
    std::weak_ptr<const DenseSegment> codes;  // so that an address that is used again is noticed
    std::size_t count = 0;
    IndexManifest::File file;
  };
  Result<std::shared_ptr<const DenseCodec>> codec_of(const std::string& name);
  Result<DenseIndex::Segment> map(const IndexManifest::File& file);
  const Saved* saved(const DenseIndex::Segment& segment) const;
  Result<std::string> write(const std::string& prefix, const std::string& content);
  Result<std::string> save_codec(const std::shared_ptr<const DenseCodec>& codec);
  Result<IndexManifest::File> save_segment(const DenseIndex::Segment& segment);
  Status write_manifest(const IndexManifest& manifest) const;
  void remove_others(const IndexManifest& manifest) const;

  const std::filesystem::path folder_;
  const IndexSource source_;
  mutable std::mutex mutex_;  // of the rest
  Fd lock_{-1};
  std::map<const DenseSegment*, Saved> saved_;
  std::map<std::string, std::shared_ptr<const DenseCodec>>
      codecs_;  // that were read or written, by their files
};

}  // namespace rappel
