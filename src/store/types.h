// Content of a store: documents cut into chunks, each chunk with its text, its place in the document, its
// vector and the weights of its tokens.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "store/file_origin.h"
#include "store/metadata.h"
#include "store/place.h"
#include "text/words/language.h"

namespace rappel {

// The id of a chunk: `{document_id}_{index}`, counted from 0.
std::string chunk_id(std::string_view document_id, std::size_t index);

constexpr std::size_t kSampleCodePoints = 200;
// The first kSampleCodePoints of `text`. It may end inside a character, which is left out, so the first
// 4 * kSampleCodePoints bytes of a chunk are enough.
std::string sample_text_of(std::string_view text);

// A token of the embedding model with the weight that its sparse head gives it in a chunk or a query.
struct TokenWeight {
  std::uint32_t token = 0;
  float weight = 0;  // > 0
  bool operator==(const TokenWeight&) const = default;
};

// One vector for each token of a chunk (ColBERT), 8 bits a dimension: code * scale. Empty: no tokens.
struct TokenVectors {
  std::uint32_t dimension = 0;
  std::vector<float> scales;       // one a token, finite, not negative
  std::vector<std::int8_t> codes;  // token by token
  bool operator==(const TokenVectors&) const = default;
};

// A chunk to be stored.
struct NewChunk {
  std::string text;
  std::uint32_t begin = 0;  // half-open range of the document's text, in code points
  std::uint32_t end = 0;
  std::vector<float> dense;  // unit length, the store's dimension
  Place place = {};
  std::vector<TokenWeight> sparse = {};                 // by token, ascending; empty: the model gives none
  TokenVectors colbert = {};                            // empty: not kept
  std::optional<WordLanguage> language = std::nullopt;  // nothing: the store detects it
};

// Told the chunks of a new document in order, with their index. A failure ends the call that reads them,
// which returns it.
using ChunkVisitor = std::function<Status(std::size_t index, const NewChunk& chunk)>;

// Chunks that wait outside memory until a store takes them.
class WaitingChunks {
 public:
  virtual ~WaitingChunks() = default;
  virtual std::size_t size() const = 0;
  virtual std::size_t bytes() const = 0;  // as bytes_of()
  // May be called more than once, from any thread. kUnavailable: they cannot be read.
  virtual Status visit(const ChunkVisitor& visit) const = 0;
};

// Without chunks the document is removed.
struct NewDocument {
  std::string id;
  Metadata metadata;
  std::vector<NewChunk> chunks;
  std::shared_ptr<const WaitingChunks> waiting = nullptr;  // come before `chunks`; null: none
  std::shared_ptr<const FileOrigin> origin = {};           // null: none; not kept by every store
};

std::size_t bytes_of(const NewChunk& chunk);  // of text, place, vectors and weights
std::size_t chunk_count(const NewDocument& document);
std::size_t chunk_bytes(const NewDocument& document);
// All chunks, those that wait too.
Status visit_chunks(const NewDocument& document, const ChunkVisitor& visit);

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
  Place place = {};
  std::shared_ptr<const Metadata> metadata;  // the document's; a reader gives all its chunks the same object
};

struct Hit {
  ChunkKey key;
  float score = 0;  // dense: cosine similarity; lexical: BM25; sparse: sum of products. Higher is better
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
