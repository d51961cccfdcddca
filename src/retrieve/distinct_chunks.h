// DistinctChunks: of the candidates of a query, those that become results of their own when an answer has one
// result for each document (collapse) or one for texts that are nearly equal (folding).
//
// The first candidate stands for those after it. It is the best one by fusion: reranking orders the results,
// it does not choose another chunk of a document. A later chunk of its document is counted as hidden. A chunk
// of nearly the same text is folded under it: equal fingerprints but for kNearBits (text_fingerprint.h), or
// equal texts where they are too short for one. A chunk that is hidden hides no others.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/status.h"
#include "retrieve/answer_meter.h"
#include "retrieve/types.h"
#include "store/snapshot_store.h"

namespace rappel {

// Reader and meter must outlive it.
class DistinctChunks {
 public:
  DistinctChunks(StoreReader& reader, AnswerMeter& meter, const AnswerShape& shape)
      : reader_(reader), meter_(meter), shape_(shape) {}

  // The first `wanted` that are distinct, with their hidden hits and duplicates among all `candidates`, which
  // the reader found, best first. Their chunks stay empty. A later call, with more candidates of the same
  // query, reads only those that are new. Errors of reader and meter.
  Result<std::vector<Candidate>> first(std::vector<Candidate> candidates, std::size_t wanted);

  // The candidates that were not distinct in the last call of first().
  std::vector<JoinedChunk> joined() const;

  // Selects the documents that none of the candidates so far belongs to.
  Filter other_documents() const;

 private:
  struct Known {
    std::string id, document;
    std::optional<std::uint64_t> fingerprint;
    std::string text;  // of a chunk without a fingerprint
  };
  struct Joined {
    const Known *chunk, *by;  // in known_
    std::size_t fused_rank;
    WhyReason fate;
  };
  Status read(const std::vector<Candidate>& candidates);
  Status learn(const Chunk& chunk, const ChunkKey& key);
  bool is_near(const Known& a, const Known& b) const;

  StoreReader& reader_;
  AnswerMeter& meter_;
  const AnswerShape& shape_;
  std::unordered_map<ChunkKey, Known> known_;
  std::vector<Joined> joined_;
};

}  // namespace rappel
