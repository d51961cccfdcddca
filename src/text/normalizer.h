// Normalizer: one step that rewrites a text before it is cut into words. Immutable; safe from any thread.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/stop_poll.h"
#include "codec/json.h"
#include "text/normal_text.h"

namespace rappel {

class Normalizer {
 public:
  virtual ~Normalizer() = default;
  // Writes the result to `out`, which is empty and tracks what `in` tracks. False, with `out` in any state,
  // when the text stays as it is. If `stop` ends the work, `out` is incomplete.
  virtual bool apply(const NormalText& in, NormalText& out, StopPoll& stop) const = 0;
};

// The steps of a tokenizer.json's "normalizer", in order; a Sequence is flattened, null gives none. Known:
// Precompiled, BertNormalizer, Strip, Replace (of a literal, or of the regular expression "C{n,}" for a plain
// character C).
class NormalizerChain {
 public:
  static Result<NormalizerChain> from_json(const Json& config);

  // Normalises `text` in place; `scratch` is overwritten.
  void apply(NormalText& text, NormalText& scratch, StopPoll& stop) const;

 private:
  std::vector<std::unique_ptr<const Normalizer>> steps_;
};

}  // namespace rappel
