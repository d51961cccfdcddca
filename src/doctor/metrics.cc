#include "doctor/metrics.h"

#include <algorithm>
#include <cstdlib>

namespace rappel {

double MetricsReading::sum(std::string_view name, std::string_view label) const {
  double sum = 0;
  std::string_view text = text_;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (!line.starts_with(name) || line.size() == name.size()) continue;
    const std::size_t space = line.rfind(' ');
    const std::string_view labels =
        line.substr(name.size(), space == std::string_view::npos ? 0 : space - name.size());
    if (space == std::string_view::npos || (!labels.empty() && labels[0] != '{') ||
        labels.find(label) == std::string_view::npos)
      continue;
    sum += std::strtod(std::string(line.substr(space + 1)).c_str(), nullptr);
  }
  return sum;
}

}  // namespace rappel
