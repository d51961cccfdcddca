// The span of an HTTP request, with the names of OpenTelemetry's conventions for HTTP servers.
#pragma once

#include <string_view>

#include "server/http/access_log.h"
#include "server/http/request.h"

namespace rappel {

class Tracer;

// Ends the request's span and hands its trace over; requests of probes are left out. Does nothing for a
// request that is not traced. `route`: of the table of routes, or "other".
void finish_trace(Tracer& tracer, const RequestHead& head, std::string_view route,
                  const RequestOutcome& outcome);

}  // namespace rappel
