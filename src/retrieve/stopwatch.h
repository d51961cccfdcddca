// Stopwatch: the time of the stages of a query, by the clock that its budgets of time have.
#pragma once

#include <utility>

#include "retrieve/query.h"
#include "retrieve/rerank_pace.h"

namespace rappel {

// Milliseconds since some moment.
inline double now_milliseconds(const QueryParts& parts) {
  return parts.pace != nullptr ? parts.pace->now() : RerankPace::steady_milliseconds();
}

// `parts` must outlive it.
class Stopwatch {
 public:
  explicit Stopwatch(const QueryParts& parts) : parts_(parts), last_(now_milliseconds(parts)) {}
  // Milliseconds since the last call.
  double lap() {
    const double now = now_milliseconds(parts_);
    return now - std::exchange(last_, now);
  }

 private:
  const QueryParts& parts_;
  double last_;
};

}  // namespace rappel
