// Tracer: which requests are traced, and where their spans go.
#pragma once

#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "trace/request_trace.h"
#include "trace/sampler.h"
#include "trace/span_exporter.h"

namespace rappel {

class MetricsText;

class Tracer {
 public:
  Tracer(Sampler sampler, SpanExporterOptions exporter, Logger* logger)
      : sampler_(sampler), exporter_(std::move(exporter), logger) {}

  // The headers of the request, empty where it has none. Null: it is not recorded.
  std::shared_ptr<RequestTrace> begin(std::string_view traceparent, std::string_view tracestate) const;
  // The request's own span ends now. `trace` may be null.
  void finish(const std::shared_ptr<RequestTrace>& trace, std::string name,
              std::vector<SpanAttribute> attributes, bool failed);

  void write_metrics(MetricsText& out) const;
  // See SpanExporter::stop().
  void stop(std::chrono::milliseconds limit) { exporter_.stop(limit); }

 private:
  const Sampler sampler_;
  SpanExporter exporter_;
};

}  // namespace rappel
