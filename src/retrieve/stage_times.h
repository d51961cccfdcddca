// StageTimes: the time that each stage of a query took, in the order of query.cc.
#pragma once

#include <string_view>

namespace rappel {

// Milliseconds. The queries of a request share out what they have in common, such as their embedding.
struct StageTimes {
  double embed = 0;
  double search = 0;   // all signals
  double fusion = 0;   // with plausibility, collapsing and folding
  double load = 0;     // texts, sections, vectors for diversity
  double colbert = 0;  // vectors of tokens and MaxSim
  double rerank = 0;
  double presentation = 0;  // bounds, diversity, highlights, budget

  // Between embedding and the stages that score again.
  double first_stages() const { return search + fusion + load; }
  double total() const { return embed + first_stages() + colbert + rerank + presentation; }
};

struct StageName {
  std::string_view name;
  double StageTimes::*time;
};
inline constexpr StageName kStages[] = {
    {"embed", &StageTimes::embed},
    {"search", &StageTimes::search},
    {"fusion", &StageTimes::fusion},
    {"load", &StageTimes::load},
    {"colbert", &StageTimes::colbert},
    {"rerank", &StageTimes::rerank},
    {"presentation", &StageTimes::presentation},
};

}  // namespace rappel
