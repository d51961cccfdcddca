// bound_core(): the core of a token with a filter. It is a Retrieval over a BoundStore, so that searches,
// lists, reads, removals and uploads all see the token's documents alone.
//
// Documents that come in are stamped before their ids are derived: the same text of two tokens makes two
// documents. Nearly equal texts are not looked for, because they may be those of others. Any thread may call
// any method.
#pragma once

#include <memory>

#include "access/bound_store.h"
#include "retrieve/retrieval.h"
#include "server/core.h"

namespace rappel {

// A part of the store, with the retrieval over it.
struct StorePart {
  // `whole` must outlive it.
  StorePart(Retrieval& whole, const Filter& bound, std::shared_ptr<WriteClaims> claims);

  const Filter bound;
  BoundStore store;
  const std::unique_ptr<Retrieval> retrieval;
};

// `whole`, which must outlive it, answers for health.
std::shared_ptr<Core> bound_core(const Core& whole, std::shared_ptr<StorePart> part);

}  // namespace rappel
