#include "retrieve/fused_candidates.h"

#include <algorithm>
#include <utility>

#include "base/cancelled.h"
#include "retrieve/answer_shape.h"
#include "retrieve/distinct_chunks.h"
#include "retrieve/fusion.h"
#include "retrieve/gather.h"
#include "retrieve/plausibility.h"
#include "retrieve/query_plan.h"
#include "retrieve/read_queries.h"
#include "retrieve/stopwatch.h"

namespace rappel {
namespace {

// Hits of each signal; so many at least that a larger top_k does not change the first results.
constexpr std::size_t kLeastDepth = 50;
// And from search to search, until there are enough results.
constexpr std::size_t kDeeper = 4;
constexpr std::size_t kDeepestFolding = 10'000;

// Whether some signal may have further hits.
bool has_more(const std::vector<Candidate>& candidates, std::size_t depth) {
  const auto is_last = [&](const SignalScore& score) { return score.rank == depth; };
  return std::any_of(candidates.begin(), candidates.end(), [&](const Candidate& candidate) {
    return std::any_of(candidate.signals.begin(), candidate.signals.end(), is_last);
  });
}

// Whether a signal finds documents beside those that `distinct` knows.
Result<bool> finds_others(const CandidateSource& source, const DistinctChunks& distinct) {
  QueryInput others = source.query;
  others.filter = Filter::both_of({source.query.filter, distinct.other_documents()});
  if (!check_filter(others.filter).ok()) return true;  // too many to ask for
  RAPPEL_ASSIGN(const Gathered found,
                gather_candidates(source.parts, source.reader, others, source.embedding, 1, source.call));
  return !found.candidates.empty();
}

// Whether it is worth to look deeper.
Result<bool> may_find_more(const CandidateSource& source, const DistinctChunks& distinct, std::size_t depth) {
  if (source.query.shape.collapse) return finds_others(source, distinct);
  return depth < kDeepestFolding;
}

Result<QueryExplanation> explanation_of(const CandidateSource& source, SearchMode mode,
                                        const Gathered& found) {
  const QueryInput& query = source.query;
  QueryExplanation out =
      explain_fusion(mode, source.store, found.scales, source.parts.options.weights, found.candidates);
  for (std::size_t s = 0; s < out.signals.size(); ++s) out.signals[s].milliseconds = found.milliseconds[s];
  if (const std::string_view lack = colbert_lack(source.parts, query); !lack.empty())
    out.lacking.push_back({"colbert", lack});
  out.text = query.text;
  out.reading = query.reading;
  const bool by_words = std::any_of(found.scales.begin(), found.scales.end(), [](const SignalScale& scale) {
    return scale.kind == SignalKind::kLexical;
  });
  if (by_words && (query.typos || query.prefix)) {
    RAPPEL_ASSIGN(out.guesses, source.reader.guesses(words_of(query)));
  }
  return out;
}

}  // namespace

Result<FusedCandidates> fused_candidates(const CandidateSource& source, std::size_t wanted) {
  const auto& [parts, store, reader, meter, query, embedding, call] = source;
  const SearchMode mode = query.mode.value_or(parts.options.mode);
  DistinctChunks distinct(reader, meter, query.shape);
  StageTimes times;
  Stopwatch watch(parts);
  for (std::size_t depth = std::max(wanted, kLeastDepth);; depth *= kDeeper) {
    if (call.cancel.stop_requested()) return request_cancelled();
    RAPPEL_ASSIGN(Gathered found, gather_candidates(parts, reader, query, embedding, depth, call));
    times.search += watch.lap();
    fuse(mode, found.scales, parts.options.weights, found.candidates);
    FusedCandidates fused;
    for (const SignalScale& scale : found.scales) fused.kinds.push_back(scale.kind);
    RAPPEL_ASSIGN(fused.plausibility,
                  plausibility(reader, store, query.text, query.filter, found.scales, found.candidates));
    const bool more = has_more(found.candidates, depth);
    if (query.explain) {
      RAPPEL_ASSIGN(fused.explanation, explanation_of(source, mode, found));
      fused.explanation->plausibility = fused.plausibility;
    }
    fused.candidates = std::move(found.candidates);
    if (joins_candidates(query.shape)) {
      RAPPEL_ASSIGN(fused.candidates, distinct.first(std::move(fused.candidates), wanted));
      if (more && fused.candidates.size() < wanted) {
        RAPPEL_ASSIGN(const bool deeper, may_find_more(source, distinct, depth));
        times.fusion += watch.lap();
        if (deeper) continue;
      }
    }
    if (fused.candidates.size() > wanted) fused.candidates.resize(wanted);
    if (fused.explanation) {
      fused.explanation->kept = fused.candidates.size();
      fused.explanation->joined = distinct.joined();
    }
    times.fusion += watch.lap();
    fused.times = times;
    return fused;
  }
}

}  // namespace rappel
