#include "retrieve/gather.h"

#include "retrieve/scales.h"

namespace rappel {

Result<Gathered> gather_candidates(const QueryParts& parts, StoreReader& reader, const QueryInput& query,
                                   const Embedding& embedding, std::size_t depth, const CallContext& call) {
  const SearchMode mode = query.mode.value_or(parts.options.mode);
  const std::vector<TokenWeight> weights = token_weights(embedding);
  const StoreInfo store = parts.store.info();
  RAPPEL_ASSIGN(const auto signals,
                usable_signals(info_of(mode).signals, {query.text, embedding.dense, weights, store}));
  Gathered found;
  RAPPEL_ASSIGN(found.candidates, find_candidates(reader, signals, {depth, query.filter}));
  SimilarityScale model;
  if (!embedding.dense.empty()) {
    RAPPEL_ASSIGN(model, parts.scales.of(parts.embedder, query.text, call));
  }
  RAPPEL_ASSIGN(found.scales, scales_of(reader, signals, model, found.candidates));
  return found;
}

}  // namespace rappel
