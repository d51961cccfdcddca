#include "server/input/degraded.h"

#include <algorithm>

namespace rappel {

std::vector<std::string_view> degraded_parts(const std::vector<QueryOutput>& outputs, bool index_degraded) {
  std::vector<std::string_view> parts;
  if (std::any_of(outputs.begin(), outputs.end(), [](const QueryOutput& one) { return one.rerank_lacking; }))
    parts.push_back("reranker");
  if (index_degraded) parts.push_back("index");
  return parts;
}

std::string degraded_header(const std::vector<std::string_view>& parts) {
  std::string text;
  for (const std::string_view part : parts) text.append(text.empty() ? "" : ", ").append(part);
  return text;
}

}  // namespace rappel
