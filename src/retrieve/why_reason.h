// WhyReason: the reasons for which a document or a chunk is no result of its own, each with the stage
// (stage_times.h) that stopped it.
#pragma once

#include <span>
#include <string_view>

namespace rappel {

// In the order of the stages.
enum class WhyReason {
  kInAnswer,       // it is a result
  kNotStored,      // the store has no document of this id
  kFiltered,       // a condition of the filter does not hold
  kTextCondition,  // no chunk of it fulfils the conditions on its text
  kNotFound,       // no signal can score it: it shares nothing with the query
  kBehindDepth,    // fusion gave more candidates than go on to the later stages
  kCollapsed,      // another chunk of its document stands for it (AnswerShape::collapse)
  kNearDuplicate,  // a chunk of nearly the same text stands for it (AnswerShape::fold_duplicates)
  kRerankLate,     // the reranker would have put it into the answer, and had no time to read it
  kBelowMinScore,
  kOtherSection,  // it lies in the section, or among the neighbors, of a better chunk
  kDiversity,     // its score is high enough, but it is too like results before it
  kBehindTopK,    // all stages have scored it, and enough others higher
  kLaterPage,     // it is a result of a later page
  kAnswerBudget,  // it did not fit into max_chars or max_tokens
};

struct WhyReasonInfo {
  WhyReason reason;
  std::string_view name;   // "in-answer"
  std::string_view stage;  // that stopped it; "": none did
};
std::span<const WhyReasonInfo> why_reasons();
std::string_view why_name(WhyReason reason);

}  // namespace rappel
