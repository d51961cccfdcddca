// MetricsText: writes metrics in the Prometheus text format (version 0.0.4), family by family.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace rappel {

class MetricsText {
 public:
  enum class Type { kCounter, kGauge, kHistogram };
  using Labels = std::vector<std::pair<std::string_view, std::string_view>>;

  // Starts a family; the following samples belong to it. `help` is one line.
  MetricsText& family(std::string_view name, Type type, std::string_view help);
  // `suffix` is appended to the family's name: "_bucket", "_sum" or "_count" for a histogram.
  MetricsText& sample(double value, const Labels& labels = {}, std::string_view suffix = {});

  std::string take() { return std::move(out_); }

 private:
  std::string family_;
  std::string out_;
};

}  // namespace rappel
