// RequestTrace: the spans of one request, gathered while it is computed. Any thread may add a span; the
// request's own ends last (Tracer::finish).
#pragma once

#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "trace/span.h"
#include "trace/trace_context.h"

namespace rappel {

class RequestTrace {
 public:
  // A trace of its own, or a part of the caller's.
  RequestTrace(std::string trace_id, const std::optional<TraceContext>& parent, SpanClock::time_point begin);

  const std::string& id() const { return trace_id_; }

  // A stage of the request, or of another stage. Returns its id.
  std::string add(std::string name, SpanClock::time_point begin, SpanClock::time_point end,
                  std::vector<SpanAttribute> attributes = {}, const std::string& parent_id = {},
                  bool failed = false);

  // All spans, the request's own first. Nothing is added after it.
  std::vector<Span> take(std::string name, SpanClock::time_point end, std::vector<SpanAttribute> attributes,
                         bool failed);

 private:
  const std::string trace_id_, root_id_, parent_id_, state_;
  const SpanClock::time_point begin_;
  std::mutex mutex_;
  std::vector<Span> spans_;
};

}  // namespace rappel
