// CallContext: for whom a call works, and whether anybody still waits for it.
#pragma once

#include <cstdint>
#include <stop_token>
#include <utility>

namespace rappel {

// Calls with the same number share one caller's turn when several callers want the same engine. The server
// makes it from the token and the address of a client (server/http/request.h); it means nothing else.
using FlowId = std::uint64_t;
// Commands and library calls.
inline constexpr FlowId kDefaultFlow = 0;

struct CallContext {
  // NOLINTNEXTLINE(google-explicit-constructor): a call without a flow is only a way to cancel it.
  CallContext(std::stop_token stop = {}, FlowId from = kDefaultFlow) : cancel(std::move(stop)), flow(from) {}

  std::stop_token cancel;
  FlowId flow;
};

}  // namespace rappel
