#include "base/histogram.h"

#include <algorithm>
#include <string>

#include <fmt/format.h>

namespace rappel {

void Histogram::add(double value) {
  const auto bucket = std::lower_bound(bounds_.begin(), bounds_.end(), value) - bounds_.begin();
  ++counts_[static_cast<std::size_t>(bucket)];
  sum_ += value;
}

void Histogram::write(MetricsText& out, const MetricsText::Labels& labels) const {
  MetricsText::Labels with_bound = labels;
  with_bound.emplace_back("le", "");
  std::uint64_t total = 0;
  for (std::size_t i = 0; i <= bounds_.size(); ++i) {
    total += counts_[i];
    const std::string bound = i < bounds_.size() ? fmt::format("{}", bounds_[i]) : "+Inf";
    with_bound.back().second = bound;
    out.sample(static_cast<double>(total), with_bound, "_bucket");
  }
  out.sample(sum_, labels, "_sum");
  out.sample(static_cast<double>(total), labels, "_count");
}

}  // namespace rappel
