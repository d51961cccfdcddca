// Signals: the ways to find and to score chunks for a query, in one table (signals.cc). The other stages know
// a signal by what it says about itself.
#pragma once

#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "embed/embedding.h"
#include "store/document_store.h"

namespace rappel {

// In the order in which they decide ties.
enum class SignalKind {
  kDense,
  kSparse,
  kLexical,
  kMatch,  // of queries that have only conditions, in every mode
};

// All that a signal may use of one query. The caller owns what it refers to.
struct SignalQuery {
  LexicalSignal words;
  std::span<const float> dense;         // of unit length
  std::span<const TokenWeight> sparse;  // by ascending token; empty: the model gives none
  const StoreInfo& store;
};

struct Signal {
  SignalKind kind;
  std::string_view name;  // "dense"
  // Nothing if the store cannot search by this signal, or if the query has nothing to search for.
  std::optional<SearchSignal> (*of)(const SignalQuery& query);
};

std::span<const Signal> all_signals();
const Signal& signal_of(SignalKind kind);

// The weights of a query's tokens, by ascending token.
std::vector<TokenWeight> token_weights(const Embedding& embedding);

}  // namespace rappel
