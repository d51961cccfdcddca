// The collections in /health and /metrics.
#pragma once

#include <vector>

#include "base/metrics_text.h"
#include "server/collection_host.h"
#include "server/http/json_writer.h"

namespace rappel {

// Collections that are named; the numbers of more are added up below one label.
inline constexpr std::size_t kMostNamedCollections = 100;

// {"default":"ok","notes":"idle"}: also "degraded". "..." stands for more than kMostNamedCollections.
void write_health(JsonWriter& out, const std::vector<CollectionState>& states);

// Documents and chunks of those that are open, with the label `collection`; "..." as above.
void write_metrics(MetricsText& out, const std::vector<CollectionState>& states);

}  // namespace rappel
