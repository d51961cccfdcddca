// Sampler: which traces are recorded, by the names that OTEL_TRACES_SAMPLER gives the usual rules.
#pragma once

#include <optional>
#include <string_view>

#include "base/status.h"
#include "trace/trace_context.h"

namespace rappel {

class Sampler {
 public:
  // always_on, always_off, traceidratio, and the same after "parentbased_", which follow the caller where it
  // has decided. `ratio`: of traceidratio, 0..1.
  static Result<Sampler> make(std::string_view name, double ratio);

  // `trace_id`: of the trace, also if it is the caller's; `parent` may be nothing.
  bool records(std::string_view trace_id, const std::optional<TraceContext>& parent) const;

 private:
  Sampler(bool follows_parent, double ratio) : follows_parent_(follows_parent), ratio_(ratio) {}
  bool follows_parent_;
  double ratio_;  // 1: all, 0: none
};

}  // namespace rappel
