#include "eval/metrics.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <numeric>

namespace rappel {
namespace {

std::span<const int> first(const std::vector<int>& relevances, std::size_t depth) {
  return std::span(relevances).first(std::min(depth, relevances.size()));
}

// Discounted cumulative gain with linear gain (ndcg_cut of trec_eval).
double dcg(std::span<const int> relevances) {
  double sum = 0;
  for (std::size_t i = 0; i < relevances.size(); ++i)
    sum += relevances[i] / std::log2(static_cast<double>(i) + 2);
  return sum;
}

template <std::size_t kDepth>
double ndcg(const JudgedRanking& ranking) {
  const double ideal = dcg(first(ranking.ideal, kDepth));
  return ideal > 0 ? dcg(first(ranking.answers, kDepth)) / ideal : 0;
}

// The reciprocal of the first relevant document's rank.
template <std::size_t kDepth>
double reciprocal_rank(const JudgedRanking& ranking) {
  const auto answers = first(ranking.answers, kDepth);
  const auto found =
      std::find_if(answers.begin(), answers.end(), [](int relevance) { return relevance > 0; });
  return found == answers.end() ? 0 : 1.0 / static_cast<double>(found - answers.begin() + 1);
}

template <std::size_t kDepth>
double recall(const JudgedRanking& ranking) {
  if (ranking.ideal.empty()) return 0;
  const auto answers = first(ranking.answers, kDepth);
  const auto found =
      std::count_if(answers.begin(), answers.end(), [](int relevance) { return relevance > 0; });
  return static_cast<double>(found) / static_cast<double>(ranking.ideal.size());
}

// The mean, over all relevant documents, of the precision at the rank of each.
double average_precision(const JudgedRanking& ranking) {
  if (ranking.ideal.empty()) return 0;
  double sum = 0, found = 0;
  for (std::size_t i = 0; i < ranking.answers.size(); ++i)
    if (ranking.answers[i] > 0) sum += ++found / static_cast<double>(i + 1);
  return sum / static_cast<double>(ranking.ideal.size());
}

constexpr Metric kMetrics[] = {
    {"ndcg@10", ndcg<10>},       {"mrr@10", reciprocal_rank<10>}, {"recall@10", recall<10>},
    {"recall@100", recall<100>}, {"map", average_precision},
};

std::vector<int> relevances_by_rank(const std::vector<RankedDocument>& answers, const Relevances& judged) {
  std::vector<int> relevances;
  for (const RankedDocument* answer : in_order(answers)) {
    const auto it = judged.find(answer->id);
    relevances.push_back(it == judged.end() ? 0 : std::max(0, it->second));
  }
  return relevances;
}

JudgedRanking judged_ranking(const std::vector<RankedDocument>& answers, const Relevances& judged) {
  JudgedRanking ranking{relevances_by_rank(answers, judged), {}};
  for (const auto& [document, relevance] : judged)
    if (relevance > 0) ranking.ideal.push_back(relevance);
  std::sort(ranking.ideal.begin(), ranking.ideal.end(), std::greater<>());
  return ranking;
}

}  // namespace

std::span<const Metric> metrics() { return kMetrics; }

std::vector<const RankedDocument*> in_order(const std::vector<RankedDocument>& answers) {
  std::vector<const RankedDocument*> order;
  for (const RankedDocument& answer : answers) order.push_back(&answer);
  std::sort(order.begin(), order.end(), [](const RankedDocument* a, const RankedDocument* b) {
    const auto x = static_cast<float>(a->score), y = static_cast<float>(b->score);
    return x != y ? x > y : a->id > b->id;
  });
  return order;
}

double RunQuality::mean(std::size_t metric) const {
  const std::vector<double>& all = values[metric];
  if (all.empty()) return 0;
  return std::accumulate(all.begin(), all.end(), 0.0) / static_cast<double>(all.size());
}

RunQuality evaluate(const Judgements& judgements, const Run& run) {
  const std::vector<RankedDocument> nothing;
  RunQuality quality;
  quality.values.resize(metrics().size());
  for (const auto& [query, judged] : judgements) {
    const auto answers = run.find(query);
    const JudgedRanking ranking = judged_ranking(answers == run.end() ? nothing : answers->second, judged);
    quality.queries.push_back(query);
    for (std::size_t i = 0; i < metrics().size(); ++i) quality.values[i].push_back(metrics()[i].of(ranking));
  }
  return quality;
}

}  // namespace rappel
