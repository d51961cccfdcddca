// Collects the evidence: looks at the settings, the server, its log and process, the models, the store, and
// the speed. Nothing is changed; what cannot be seen is missing from the evidence and said so in
// Evidence::looked_at.
#pragma once

#include <stop_token>

#include "cli/command.h"
#include "cli/doctor/evidence.h"

namespace rappel {

// Needs the options of serve, --log and --measure. kNotFound and kUnavailable: the log that was named cannot
// be read. When `stop` is asked to, what was looked at by then comes back (Evidence::stopped).
Result<Evidence> collect_evidence(CommandContext& context, const std::stop_token& stop);

// The pieces; each adds to what was looked at.
void look_at_server(const CommandContext& context, Evidence& evidence);
Status look_at_log(const CommandContext& context, Evidence& evidence,
                   const std::stop_token& stop);  // after the server
// Nothing when there is no model, no memory for it, or --no-measure.
void measure_speed(const CommandContext& context, Evidence& evidence,
                   const std::stop_token& stop);  // after everything else

}  // namespace rappel
