#include "retrieve/why_reason.h"

#include "base/check.h"

namespace rappel {
namespace {

constexpr WhyReasonInfo kReasons[] = {
    {WhyReason::kInAnswer, "in-answer", ""},
    {WhyReason::kNotStored, "not-stored", ""},
    {WhyReason::kFiltered, "filtered", "search"},
    {WhyReason::kTextCondition, "text-condition", "search"},
    {WhyReason::kNotFound, "not-found", "search"},
    {WhyReason::kBehindDepth, "behind-depth", "fusion"},
    {WhyReason::kCollapsed, "collapsed", "fusion"},
    {WhyReason::kNearDuplicate, "near-duplicate", "fusion"},
    {WhyReason::kRerankLate, "rerank-late", "rerank"},
    {WhyReason::kBelowMinScore, "below-min-score", "presentation"},
    {WhyReason::kOtherSection, "other-section", "presentation"},
    {WhyReason::kDiversity, "diversity", "presentation"},
    {WhyReason::kBehindTopK, "behind-top-k", "presentation"},
    {WhyReason::kLaterPage, "later-page", "presentation"},
    {WhyReason::kAnswerBudget, "answer-budget", "presentation"},
};

}  // namespace

std::span<const WhyReasonInfo> why_reasons() { return kReasons; }

std::string_view why_name(WhyReason reason) {
  const WhyReasonInfo& info = kReasons[static_cast<std::size_t>(reason)];
  RAPPEL_CHECK(info.reason == reason, "the table is in the order of the enumeration");
  return info.name;
}

}  // namespace rappel
