#include "retrieve/gather.h"

#include "retrieve/read_queries.h"
#include "retrieve/scales.h"
#include "retrieve/stopwatch.h"

namespace rappel {

Result<std::vector<UsedSignal>> signals_for(const QueryInput& query, SearchMode mode,
                                            const Embedding& embedding, std::span<const TokenWeight> weights,
                                            const StoreInfo& store) {
  static constexpr SignalKind kMatch[] = {SignalKind::kMatch};
  const SignalQuery with{words_of(query), embedding.dense, weights, store};
  return has_only_conditions(query) ? usable_signals(kMatch, with)
                                    : usable_signals(info_of(mode).signals, with);
}

Result<Gathered> gather_candidates(const QueryParts& parts, StoreReader& reader, const QueryInput& query,
                                   const Embedding& embedding, std::size_t depth, const CallContext& call) {
  const SearchMode mode = query.mode.value_or(parts.options.mode);
  const std::vector<TokenWeight> weights = token_weights(embedding);
  const StoreInfo store = parts.store.info();
  RAPPEL_ASSIGN(const auto signals, signals_for(query, mode, embedding, weights, store));
  Gathered found;
  found.milliseconds.resize(signals.size());
  Stopwatch watch(parts);
  RAPPEL_ASSIGN(
      found.candidates,
      find_candidates(reader, signals, {depth, query.filter, conditions_of(query), [&](std::size_t s) {
                                          found.milliseconds[s] += watch.lap();
                                        }}));
  SimilarityScale model;
  if (!embedding.dense.empty() && !has_only_conditions(query)) {
    RAPPEL_ASSIGN(model, parts.scales.of(parts.embedder, query.text, call));
  }
  RAPPEL_ASSIGN(found.scales, scales_of(reader, signals, model, found.candidates));
  return found;
}

}  // namespace rappel
