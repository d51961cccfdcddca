#include "server/pages/collection_facts.h"

#include <algorithm>
#include <string>
#include <utility>

namespace rappel {
namespace {

constexpr const char* kMore = "...";  // no collection has this name

using Numbers = std::vector<std::pair<std::string, double>>;

const char* word_of(const CollectionState& state) {
  if (!state.is_open) return "idle";
  return state.is_degraded ? "degraded" : "ok";
}

Numbers numbers_of(const std::vector<CollectionState>& states, std::int64_t StoreStats::*number) {
  Numbers numbers;
  for (const CollectionState& state : states) {
    if (!state.stats) continue;
    const auto value = static_cast<double>((*state.stats).*number);
    if (numbers.size() < kMostNamedCollections)
      numbers.emplace_back(state.name, value);
    else if (numbers.size() == kMostNamedCollections)
      numbers.emplace_back(kMore, value);
    else
      numbers.back().second += value;
  }
  return numbers;
}

}  // namespace

void write_health(JsonWriter& out, const std::vector<CollectionState>& states) {
  out.begin_object();
  for (std::size_t i = 0; i < std::min(states.size(), kMostNamedCollections); ++i)
    out.key(states[i].name).string(word_of(states[i]));
  if (states.size() > kMostNamedCollections) out.key(kMore).string("more");
  out.end_object();
}

void write_metrics(MetricsText& out, const std::vector<CollectionState>& states) {
  const auto family = [&](const char* name, const char* help, std::int64_t StoreStats::*number) {
    out.family(name, MetricsText::Type::kGauge, help);
    for (const auto& [collection, value] : numbers_of(states, number))
      out.sample(value, {{"collection", collection}});
  };
  family("rappel_collection_documents", "Documents of the collections that are open.",
         &StoreStats::documents);
  family("rappel_collection_chunks", "Chunks of the collections that are open.", &StoreStats::chunks);
}

}  // namespace rappel
