// PreTokenizer: where a normalised text is cut into words, and the word-start mark of SentencePiece models.
// Immutable.
#pragma once

#include <string>
#include <vector>

#include "base/stop_poll.h"
#include "codec/json.h"
#include "text/normal_text.h"

namespace rappel {

// Half-open byte range of the text that holds the word.
struct WordRange {
  std::size_t begin = 0;
  std::size_t end = 0;
};

// Known: BertPreTokenizer (white space away, punctuation alone), Metaspace, WhitespaceSplit, Sequence of
// WhitespaceSplit and Metaspace; null takes the text as one word.
class PreTokenizer {
 public:
  static Result<PreTokenizer> from_json(const Json& config);

  // Appends the words to `words`, in order. `text` may be rewritten (Metaspace), then `scratch` is
  // overwritten. `at_start` tells whether the text begins where the caller's text does (for prepend_scheme
  // "first"). If `stop` ends the work, words are missing.
  void cut(NormalText& text, NormalText& scratch, bool at_start, std::vector<WordRange>& words,
           StopPoll& stop) const;

 private:
  enum class Kind { kWhole, kBert, kWhitespace };
  enum class Prepend { kAlways, kFirst, kNever };

  Status add(const Json& config, int depth);
  Status add_type(std::string_view type, const Json& config, int depth);
  Status add_metaspace(const Json& config);
  void mark(NormalText& text, NormalText& scratch, bool at_start, std::vector<WordRange>& words,
            StopPoll& stop) const;

  Kind kind_ = Kind::kWhole;
  std::string mark_;  // Metaspace's replacement; empty without Metaspace
  Prepend prepend_ = Prepend::kAlways;
  bool split_ = true;
};

}  // namespace rappel
