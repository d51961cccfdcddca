#include "trace/tracer.h"

#include <utility>

#include "base/metrics_text.h"
#include "base/os/random.h"

namespace rappel {

std::shared_ptr<RequestTrace> Tracer::begin(std::string_view traceparent, std::string_view tracestate) const {
  constexpr std::size_t kTraceIdBytes = 16;
  const auto parent = parse_trace_context(traceparent, tracestate);
  std::string trace_id = parent ? parent->trace_id : random_hex(kTraceIdBytes);
  if (!sampler_.records(trace_id, parent)) return nullptr;
  return std::make_shared<RequestTrace>(std::move(trace_id), parent, SpanClock::now());
}

void Tracer::finish(const std::shared_ptr<RequestTrace>& trace, std::string name,
                    std::vector<SpanAttribute> attributes, bool failed) {
  if (trace == nullptr) return;
  exporter_.add(trace->take(std::move(name), SpanClock::now(), std::move(attributes), failed));
}

void Tracer::write_metrics(MetricsText& out) const {
  const SpanCounts counts = exporter_.counts();
  out.family(
         "rappel_trace_spans_total", MetricsText::Type::kCounter,
         "Spans by their end: sent to the collector, dropped because the queue was full, failed because the "
         "collector did not take them.")
      .sample(static_cast<double>(counts.sent), {{"result", "sent"}})
      .sample(static_cast<double>(counts.dropped), {{"result", "dropped"}})
      .sample(static_cast<double>(counts.failed), {{"result", "failed"}});
}

}  // namespace rappel
