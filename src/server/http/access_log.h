// The access log: one line for each request, with what an operator asks of it and nothing that its caller
// wrote: the route's template instead of the path, the token's name instead of the token, no texts.
#pragma once

#include <chrono>
#include <cstdint>
#include <string_view>

#include "server/http/request.h"

namespace rappel {

class Logger;

struct RequestOutcome {
  int status = 0;  // of the response, or HttpMetrics::kClientGone
  std::chrono::duration<double> duration{0};
  std::uint64_t received = 0;  // bytes of the body, as they came
  std::uint64_t sent = 0;      // bytes of the response's body
};

// Routes that load balancers and Prometheus ask every few seconds.
bool is_probe(std::string_view route);

// `route`: of the table of routes, or "other". At info; probes that went well at debug.
void log_request(Logger& logger, const RequestHead& head, std::string_view route,
                 const RequestOutcome& outcome);

}  // namespace rappel
