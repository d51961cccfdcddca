// MetricsReading: numbers out of a text as base/metrics_text.h writes it.
#pragma once

#include <string>
#include <string_view>

namespace rappel {

class MetricsReading {
 public:
  // The text must outlive it.
  explicit MetricsReading(std::string_view text) : text_(text) {}

  // Sums the samples of that name whose labels contain `label` (`engine="embedder"`); 0 if there are
  // none.
  double sum(std::string_view name, std::string_view label = {}) const;

 private:
  std::string_view text_;
};

}  // namespace rappel
