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
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/os/fd.h"
#include "base/status.h"
#include "index/chunk_index.h"
#include "index/index_manifest.h"

namespace rappel {

class IndexFolder {
 public:
  // Replaces the file atomically. Another than write_file_atomic() is for tests.
  using Write = std::function<Status(const std::filesystem::path& path, std::string_view content)>;

  IndexFolder(std::filesystem::path folder, IndexSource source, Write write = {});

  // Nothing where there is none that can be used.
  std::optional<IndexManifest> manifest() const;
  // Each codec once.
  Result<std::shared_ptr<const DenseCodec>> load_codec(const std::string& name);
  // A segment that lies in the file. Remembers that it is on disk.
  Result<DenseIndex::Segment> load(const IndexManifest::File& file);
  // So too of a block of postings.
  Result<std::shared_ptr<const PostingsBlock>> load(PostingsKind kind, const IndexManifest::File& file);

  // Whether this process is the one that writes; asks for it if it is not yet.
  bool take_over();
  // Segments and blocks that are not on disk as they are. Large ones change seldom.
  struct Unsaved {
    std::size_t large = 0, small = 0;
  };
  Unsaved unsaved(const ChunkIndex& index) const;
  // Parts of the memory, and the same in a file.
  struct Moved {
    struct Segment {
      std::shared_ptr<const DenseSegment> from;
      DenseIndex::Segment to;
    };
    struct Block {
      std::shared_ptr<const PostingsBlock> from, to;
    };
    std::vector<Segment> segments;
    std::vector<Block> words, sparse;
    bool empty() const { return segments.empty() && words.empty() && sparse.empty(); }
    void replace_in(ChunkIndexBuilder& builder) const;
  };
  // Writes what is not on disk yet; returns the large parts that are there now. Only after take_over().
  // kUnavailable: the disk.
  Result<Moved> save(const ChunkIndex& index, std::int64_t commit, std::int64_t next_row);
  // Removes every file of the folder's own.
  static void clear(const std::filesystem::path& folder);

 private:
  template <class Part>
  struct Saved {
    std::weak_ptr<const Part> part;  // so that an address that is used again is noticed
    std::size_t rows = 0;
    IndexManifest::File file;
  };
  template <class Part>
  using SavedParts = std::map<const Part*, Saved<Part>>;
  // The file of a part as it is; null: none.
  template <class Part>
  static const IndexManifest::File* find(const SavedParts<Part>& saved,
                                         const std::shared_ptr<const Part>& part, std::size_t rows);

  Result<std::shared_ptr<const DenseCodec>> codec_of(const std::string& name);
  Result<DenseIndex::Segment> map(const IndexManifest::File& file);
  Result<std::shared_ptr<const PostingsBlock>> map(PostingsKind kind, const IndexManifest::File& file);
  std::string_view rules(PostingsKind kind) const;
  Result<std::string> write(const std::string& prefix, const std::string& content);
  Result<std::string> save_codec(const std::shared_ptr<const DenseCodec>& codec);
  Status save_segments(const DenseIndex& index, IndexManifest& manifest, Moved& moved);
  Status save_blocks(PostingsKind kind, const PostingsIndex& index, std::vector<IndexManifest::File>& files,
                     std::vector<Moved::Block>& moved);
  void remove_others(const IndexManifest& manifest) const;

  const std::filesystem::path folder_;
  const IndexSource source_;
  const Write write_;
  mutable std::mutex mutex_;  // of the rest
  Fd lock_{-1};
  SavedParts<DenseSegment> segments_;
  SavedParts<PostingsBlock> blocks_;
  // That were read or written, by their files.
  std::map<std::string, std::shared_ptr<const DenseCodec>> codecs_;
};

}  // namespace rappel
