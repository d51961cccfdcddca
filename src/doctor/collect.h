// Collects the evidence: looks at the settings, the server, its log and process, the models, the store, and
// the speed. Nothing is changed; what cannot be seen is missing from the evidence and said so in
// Evidence::looked_at.
#pragma once

#include <stop_token>

#include "config/run_context.h"
#include "doctor/evidence.h"

namespace rappel {

// Needs the options of serve, --log and --measure. kNotFound and kUnavailable: the log that was named cannot
// be read. `standard_input_fd` is read when --log is "-". When `stop` is asked to, what was looked at by then
// comes back (Evidence::stopped).
Result<Evidence> collect_evidence(const RunContext& context, int standard_input_fd,
                                  const std::stop_token& stop);

// The pieces; each adds to what was looked at.
void look_at_server(const RunContext& context, Evidence& evidence);
Status look_at_log(const RunContext& context, int standard_input_fd, Evidence& evidence,
                   const std::stop_token& stop);  // after the server
// Other programs on the machine; takes half a second. After the server.
void look_at_load(Evidence& evidence);
// Nothing when there is no model, no memory for it, or --no-measure.
void measure_speed(const RunContext& context, Evidence& evidence,
                   const std::stop_token& stop);  // after everything else

}  // namespace rappel
