// MetricsText: numbers in the text format that Prometheus reads (version 0.0.4), family after family.
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

  // The samples that follow belong to it. `help` is one line.
  MetricsText& family(std::string_view name, Type type, std::string_view help);
  // `suffix` ("_bucket", "_sum", "_count") is what a histogram's samples have behind the family's name.
  MetricsText& sample(double value, const Labels& labels = {}, std::string_view suffix = {});

  std::string take() { return std::move(out_); }

 private:
  std::string family_;
  std::string out_;
};

}  // namespace rappel
