// The tracer that the settings OTEL_* ask for.
#pragma once

#include <memory>

#include "base/status.h"
#include "config/run_context.h"
#include "trace/tracer.h"

namespace rappel {

// serve: null when no collector is named. kInvalidArgument: a setting that cannot be used. `logger` may be
// null.
Result<std::shared_ptr<Tracer>> make_tracer(const RunContext& context, Logger* logger);

}  // namespace rappel
