// Model: one word (what the pre-tokeniser cuts) to pieces of the vocabulary. Immutable; safe from any thread,
// each with a PieceBuffer of its own.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "base/stop_poll.h"
#include "text/tokenizer.h"

namespace rappel {

// Where the pieces of many words gather, and the scratch memory that finding them takes.
struct PieceBuffer {
  std::vector<TokenId> ids;
  // End of each piece in bytes of its word. Pieces follow one another without gaps and the last one ends the
  // word.
  std::vector<std::uint32_t> ends;

  void add(TokenId id, std::size_t end) {
    ids.push_back(id);
    ends.push_back(static_cast<std::uint32_t>(end));
  }
  void clear() {
    ids.clear();
    ends.clear();
  }

  struct Node {  // best way to reach a byte of the word
    double score;
    std::uint32_t start;
    TokenId id;
  };
  std::vector<Node> nodes;
};

class Model {
 public:
  virtual ~Model() = default;
  // Appends the pieces of `word`: valid UTF-8, not empty, under 4 GiB. None if `stop` ends the work.
  virtual void tokenize(std::string_view word, PieceBuffer& out, StopPoll& stop) const = 0;
  // Id of a whole piece, or -1.
  virtual TokenId find(std::string_view piece) const = 0;
  virtual TokenId unknown_id() const = 0;
  // One more than the largest id.
  virtual std::size_t size() const = 0;
};

}  // namespace rappel
