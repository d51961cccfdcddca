// SimilarityScale: the meaning of an embedding model's cosine similarities in a language. Models differ: two
// texts that have nothing in common have 0.05 with one model and 0.78 with another, and a model that does not
// know a language gives its related texts hardly more than its unrelated ones. It is measured by the model's
// vectors of a few questions and answers (similarity_pairs.h), so that it fits every model.
#pragma once

#include <map>
#include <mutex>
#include <string_view>

#include "base/call_context.h"
#include "base/status.h"

namespace rappel {

class Embedder;

struct SimilarityScale {
  double unrelated = 0;    // mean cosine of a question and an answer to another one
  double deviation = 0.1;  // standard deviation of these, > 0
  double related = 1;      // mean cosine of a question and its answer, > unrelated

  // How far related texts stand out from unrelated ones, in standard deviations.
  double separation() const { return (related - unrelated) / deviation; }
};

// Embeds the pairs of the language in two calls. kInvalidArgument: there are none.
Result<SimilarityScale> measure_similarity(Embedder& embedder, std::string_view language,
                                           const CallContext& call);

// Measures each language once, when it is asked first. Any thread may ask.
class SimilarityScales {
 public:
  SimilarityScales() = default;
  // Known already, for every language: for tests.
  explicit SimilarityScales(SimilarityScale known) : of_all_(known), is_known_(true) {}
  // By the language of the text. A failure is not kept.
  Result<SimilarityScale> of(Embedder& embedder, std::string_view text, const CallContext& call);

 private:
  std::mutex mutex_;
  std::map<std::string_view, SimilarityScale> known_;
  const SimilarityScale of_all_;
  const bool is_known_ = false;
};

}  // namespace rappel
