// AnswerMeter: how much memory an answer holds while it is made, and how large it will be when it is written.
// The chunks of a document share its metadata in memory, and each is written with all of it; so both are
// counted. One thread at a time.
#pragma once

#include <cstddef>
#include <memory>
#include <unordered_map>

#include "base/byte_budget.h"
#include "base/status.h"
#include "store/types.h"

namespace rappel {

// Advice of queries.
inline constexpr const char* kAskForLess = "ask for fewer queries at once or a lower top_k";

class AnswerMeter {
 public:
  // `hold` may be null: nothing is bounded. It keeps what was counted when the meter ends. `advice` tells a
  // caller what to ask for instead.
  AnswerMeter(ByteHold* hold, const char* advice) : hold_(hold), advice_(advice) {}

  // Memory. kResourceExhausted: with the id "answer-too-large" the answer alone is beyond its limit, without
  // an id all requests together are beyond theirs.
  Status hold(std::size_t bytes);
  Status hold(const Chunk& chunk);
  // The answer will contain this chunk, which is held. kResourceExhausted with the id "answer-too-large".
  Status write(const Chunk& chunk);

 private:
  struct Known {
    std::size_t bytes = 0;
    bool held = false;
  };
  Known& metadata_of(const Chunk& chunk);
  Status too_large() const;

  ByteHold* hold_;
  const char* advice_;
  std::size_t written_ = 0;
  std::unordered_map<std::shared_ptr<const Metadata>, Known> metadata_;
};

}  // namespace rappel
