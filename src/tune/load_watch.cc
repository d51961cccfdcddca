#include "tune/load_watch.h"

namespace rappel {
namespace {

void add(std::optional<double>& counter, const std::optional<double>& from, const std::optional<double>& to) {
  if (counter && from && to) *counter += *to - *from;
}

// `sample` with what the counters grew by between `from` and `to`.
void add(LoadSample& sample, const LoadSample& from, const LoadSample& to) {
  sample.at += to.at - from.at;
  sample.own += to.own - from.own;
  sample.throttled += to.throttled - from.throttled;
  add(sample.waited, from.waited, to.waited);
  add(sample.all, from.all, to.all);
  add(sample.stolen, from.stolen, to.stolen);
  add(sample.pressure, from.pressure, to.pressure);
}

}  // namespace

void LoadWatch::begin() {
  LoadSample now = now_();
  if (start_)
    add(*start_, last_, now);
  else
    start_ = std::move(now);
}

std::string LoadWatch::end(int threads) {
  last_ = now_();
  if (!start_ || last_.at - start_->at < kShortestLook) return "";
  LoadReport report = describe_load(*start_, last_, threads);
  start_.reset();
  return report.busy ? std::move(report.evidence) : "";
}

}  // namespace rappel
