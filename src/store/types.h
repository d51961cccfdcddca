// Content of a store: documents cut into chunks, each chunk with its text, its place in the document and its
// vector.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "store/metadata.h"

namespace rappel {

// The id of a chunk: `{document_id}_{index}`, counted from 0.
std::string chunk_id(std::string_view document_id, std::size_t index);

constexpr std::size_t kSampleCodePoints = 200;
// The first kSampleCodePoints of `text`. It may end inside a character, which is left out, so the first
// 4 * kSampleCodePoints bytes of a chunk are enough.
std::string sample_text_of(std::string_view text);

// A chunk to be stored.
struct NewChunk {
  std::string text;
  std::uint32_t begin = 0;  // half-open range of the document's text, in code points
  std::uint32_t end = 0;
  std::vector<float> dense;  // unit length, the store's dimension
};

struct NewDocument {
  std::string id;
  Metadata metadata;
  std::vector<NewChunk> chunks;  // none: the document is removed
};

// Names a chunk inside one store while the chunk lives. Opaque: its bytes mean something to that store only.
struct ChunkKey {
  std::string bytes;
  bool operator==(const ChunkKey&) const = default;
};

struct Chunk {
  std::string id;
  std::string document_id;
  std::string text;
  std::uint32_t index = 0;
  std::uint32_t begin = 0;
  std::uint32_t end = 0;
  std::shared_ptr<const Metadata> metadata;  // the document's; a reader gives all its chunks the same object
};

struct Hit {
  ChunkKey key;
  float score = 0;  // dense: cosine similarity; lexical: BM25, higher is better
};

struct FoundChunk {
  Chunk chunk;
  float score = 0;  // as Hit
};

struct DocumentSummary {
  std::string id;
  std::int64_t chunk_count = 0;
  Metadata metadata;
  std::string sample_text;  // sample_text_of() chunk 0
};

struct DocumentPage {
  std::vector<DocumentSummary> documents;  // ordered by id (bytes)
  std::int64_t total = 0;                  // documents that match, before paging
};

struct StoreStats {
  std::int64_t documents = 0;
  std::int64_t chunks = 0;
};

}  // namespace rappel

template <>
struct std::hash<rappel::ChunkKey> {
  std::size_t operator()(const rappel::ChunkKey& key) const noexcept {
    return std::hash<std::string>()(key.bytes);
  }
};
