// Signals: the ways to find chunks for a query, in one table (signals.cc). Candidates searches the store once
// per signal, and fusion combines whatever was found, so neither knows a signal by name.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string_view>

#include "embed/embedding.h"
#include "store/document_store.h"

namespace rappel {

// All that a signal may use of one query. The caller owns what it refers to.
struct SignalQuery {
  std::string_view text;
  const Embedding& embedding;  // of `text`, by Embedder::embed_queries()
  std::size_t depth = 0;       // hits that the later stages want
  const Filter& filter;
  const StoreInfo& store;  // the capabilities of the store that is searched
};

struct Signal {
  std::string_view name;  // "dense"
  // The search for this query; its views may refer to the query. Nothing if the store cannot search by this
  // signal, or if the query has nothing to search for (no words, no weights).
  std::optional<SearchRequest> (*request)(const SignalQuery& query) = nullptr;
  // The score 0..1 of a result if no other signal searched, from the store's score (store/types.h): rising
  // with it, so that the order stays.
  double (*score)(double stored) = nullptr;
  bool of_embedding = true;  // false: `request` does not use the embedding, which may be empty
};

// The signals of a query, the one that decides ties first.
std::span<const Signal> query_signals();
// Every signal, those that only `rappel eval` searches by included. Null: there is none of that name.
const Signal* find_signal(std::string_view name);

}  // namespace rappel
