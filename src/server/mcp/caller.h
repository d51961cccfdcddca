// Caller: who sent a message, and what its answer is made with.
#pragma once

#include <functional>
#include <string>

#include "server/core.h"

namespace rappel::mcp {

struct Caller {
  Core* core = nullptr;  // null: still loading
  RequestContext context;
  bool may_write = false;
  std::string base_url;  // of documents without an address of their own (url_of()); may be empty
  // The words for a client after a failure of the core; logs the cause.
  std::function<std::string(const Status&)> explain;
};

// Runs `ask` with the core; a failure becomes one whose message is for the client.
template <class Ask>
auto ask_core(const Caller& caller, const Ask& ask) -> decltype(ask(*caller.core)) {
  if (caller.core == nullptr)
    return Status(Code::kUnavailable, "The models are still being loaded: try again in a moment");
  auto result = ask(*caller.core);
  if (!result.ok()) return Status(result.status().code(), caller.explain(result.status()));
  return result;
}

}  // namespace rappel::mcp
