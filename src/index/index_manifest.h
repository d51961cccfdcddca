// The manifest of an index folder: which files are in force, and the state of the store that they reached.
// docs/storage.md has the format.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace rappel {

enum class PostingsKind { kWords, kSparse };
inline constexpr PostingsKind kPostingsKinds[] = {PostingsKind::kWords, PostingsKind::kSparse};

// The store that an index belongs to.
struct IndexSource {
  std::uint64_t store = 0;  // identity of the store
  int dimension = 0;
  std::string word_rules = {};  // of the words; files of other rules are not used
};

struct IndexManifest {
  struct File {
    std::string name;
    std::int64_t first = 0, last = 0;  // rows
    std::string codec = {};            // of a segment: a file; empty: the codec without training
  };
  std::int64_t commit = 0;    // that the index reached
  std::int64_t next_row = 0;  // rows from here on are not in it
  std::string codec = {};     // of new rows
  // By ascending rows.
  std::vector<File> segments = {};
  std::vector<File> words = {}, sparse = {};  // blocks of postings

  std::vector<File>& postings(PostingsKind kind) { return kind == PostingsKind::kWords ? words : sparse; }
  const std::vector<File>& postings(PostingsKind kind) const {
    return kind == PostingsKind::kWords ? words : sparse;
  }
};

// The content of a file.
std::string write_manifest(const IndexManifest& manifest, const IndexSource& source);
// Nothing if it is damaged or of another store.
std::optional<IndexManifest> read_manifest(std::string_view content, const IndexSource& source);

// Whether a file of this name is one of an index folder's.
bool is_index_file(std::string_view name);
inline constexpr const char kManifestName[] = "manifest", kCodecPrefix[] = "codec-",
                            kSegmentPrefix[] = "dense-", kWordsPrefix[] = "words-",
                            kSparsePrefix[] = "sparse-";

}  // namespace rappel
