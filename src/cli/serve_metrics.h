// The numbers of /metrics in addition to the server's own: engines, devices, query cache,
// index, store, process.
#pragma once

#include "base/metrics_text.h"
#include "cli/workspace.h"

namespace rappel {

// Quick; from any thread. `parts` null: the models are not loaded yet, so nothing is said of them.
void write_serve_metrics(Workspace* parts, MetricsText& out);

}  // namespace rappel
