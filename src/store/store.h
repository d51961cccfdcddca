// Store: documents with their chunks and vectors. sqlite/ is the embedded default; remote engines come as
// further folders behind this same interface and the same conformance tests.
//
// Promises of every store:
//   replace() is atomic for all its documents: a reader sees each old version or each new one, and what was
//     acknowledged survives a crash of the process and of the machine. A replaced document keeps nothing of
//     its old chunks.
//   snapshot() gives one consistent state; it does not change while writes go on.
// Any thread may call any method. Errors: kUnavailable (disk, lock, network), kCorrupt, kFailedPrecondition
// (another model's data; the message names both models and what to do).
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/status.h"
#include "store/filter.h"
#include "store/types.h"

namespace rappel {

// One consistent state. A Reader may be used by one thread at a time; take one per query.
class Reader {
 public:
  virtual ~Reader() = default;
  // The k chunks nearest to the unit vector by cosine similarity, best first; ties by row. Fewer when fewer
  // match.
  virtual Result<std::vector<Hit>> dense(std::span<const float> vector, std::size_t k,
                                         const Filter& filter) = 0;
  // The k best chunks by BM25 for the words of `text` (any of them); no query syntax is interpreted.
  virtual Result<std::vector<Hit>> lexical(const std::string& text, std::size_t k, const Filter& filter) = 0;
  // In the order asked. A row that does not exist is kNotFound.
  virtual Result<std::vector<Chunk>> chunks(std::span<const ChunkRow> rows) = 0;
};

class Store {
 public:
  virtual ~Store() = default;
  // Later documents of the same id in one call win. Documents without chunks are removed.
  virtual Status replace(std::vector<NewDocument> documents) = 0;
  // Number of documents removed. Unknown ids are no error.
  virtual Result<std::size_t> remove(std::span<const std::string> ids) = 0;
  virtual Result<std::size_t> remove(const Filter& filter) = 0;
  virtual Result<DocumentPage> list(const Filter& filter, std::size_t offset, std::size_t limit) = 0;
  virtual Result<StoreStats> stats() = 0;
  virtual Result<std::unique_ptr<Reader>> snapshot() = 0;
};

}  // namespace rappel
