// A picture of a bench run.
#pragma once

#include <string>

#include "tune/bench_report.h"

namespace rappel {

// SVG: a bar for the median time of each row on a logarithmic axis, a line from the least time to the 95th
// percentile, and a mark where the median of `against` (may be null) was.
std::string bench_chart(const BenchRun& run, const BenchRun* against);

}  // namespace rappel
