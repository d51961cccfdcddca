#include "trace/request_trace.h"

#include <utility>

#include "base/os/random.h"

namespace rappel {
namespace {

constexpr std::size_t kSpanIdBytes = 8;
constexpr std::size_t kMostSpans = 256;  // of a request with many queries: further stages are left out

}  // namespace

RequestTrace::RequestTrace(std::string trace_id, const std::optional<TraceContext>& parent,
                           SpanClock::time_point begin)
    : trace_id_(std::move(trace_id)),
      root_id_(random_hex(kSpanIdBytes)),
      parent_id_(parent ? parent->span_id : ""),
      state_(parent ? parent->state : ""),
      begin_(begin) {}

std::string RequestTrace::add(std::string name, SpanClock::time_point begin, SpanClock::time_point end,
                              std::vector<SpanAttribute> attributes, const std::string& parent_id,
                              bool failed) {
  Span span{.trace_id = trace_id_,
            .id = random_hex(kSpanIdBytes),
            .parent_id = parent_id.empty() ? root_id_ : parent_id,
            .state = state_,
            .name = std::move(name),
            .kind = SpanKind::kInternal,
            .begin = begin,
            .end = end,
            .attributes = std::move(attributes),
            .failed = failed};
  std::string id = span.id;
  const std::lock_guard lock(mutex_);
  if (spans_.size() < kMostSpans) spans_.push_back(std::move(span));
  return id;
}

std::vector<Span> RequestTrace::take(std::string name, SpanClock::time_point end,
                                     std::vector<SpanAttribute> attributes, bool failed) {
  const std::lock_guard lock(mutex_);
  spans_.insert(spans_.begin(), Span{.trace_id = trace_id_,
                                     .id = root_id_,
                                     .parent_id = parent_id_,
                                     .state = state_,
                                     .name = std::move(name),
                                     .kind = SpanKind::kServer,
                                     .begin = begin_,
                                     .end = end,
                                     .attributes = std::move(attributes),
                                     .failed = failed});
  return std::exchange(spans_, {});
}

}  // namespace rappel
