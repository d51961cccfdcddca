// The trace that a caller says its request belongs to: the headers traceparent and tracestate of W3C Trace
// Context (https://www.w3.org/TR/trace-context/).
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace rappel {

struct TraceContext {
  std::string trace_id;  // 32 lower-case hexadecimal digits, not all zero
  std::string span_id;   // 16 of them: the caller's span
  bool sampled = false;  // the caller records this trace
  std::string state;     // tracestate, to be kept as it is; empty: none, or one that breaks the rules
};

// Nothing for a traceparent that breaks the rules: the request then begins a trace of its own. Versions after
// 00 are read as 00, as the standard asks.
std::optional<TraceContext> parse_trace_context(std::string_view traceparent, std::string_view tracestate);

}  // namespace rappel
