// Metrics against the values of trec_eval and ir_measures in testdata/eval/runs.jsonl, which
// testdata/eval/make.py made with pytrec_eval and ir_measures.
#include "eval/metrics.h"

#include <gtest/gtest.h>

#include "testing/json_lines.h"

namespace rappel {
namespace {

constexpr double kTolerance = 1e-6;

Judgements judgements_of(const Json& json) {
  Judgements judgements;
  for (const auto& [query, judged] : json.items())
    for (const auto& [document, relevance] : judged.items())
      judgements[query][document] = relevance.get<int>();
  return judgements;
}

Run run_of(const Json& json) {
  Run run;
  for (const auto& [query, answers] : json.items())
    for (const auto& [document, score] : answers.items())
      run[query].push_back({document, score.get<double>()});
  return run;
}

TEST(Metrics, EqualTrecEvalAndIrMeasures) {
  const std::vector<Json> cases = read_json_lines("testdata/eval/runs.jsonl");
  ASSERT_EQ(cases.size(), 14U);
  for (const Json& one : cases) {
    SCOPED_TRACE(one.at("name").get<std::string>());
    const RunQuality quality = evaluate(judgements_of(one.at("qrels")), run_of(one.at("run")));
    ASSERT_EQ(quality.queries.size(), one.at("queries").size());
    for (std::size_t m = 0; m < metrics().size(); ++m) {
      const char* const name = metrics()[m].name;
      EXPECT_NEAR(quality.mean(m), one.at("mean").at(name).get<double>(), kTolerance) << name;
      for (std::size_t q = 0; q < quality.queries.size(); ++q)
        EXPECT_NEAR(quality.values[m][q], one.at("queries").at(quality.queries[q]).at(name).get<double>(),
                    kTolerance)
            << name << " of " << quality.queries[q];
    }
  }
}

TEST(Metrics, EveryMetricOfTheFixturesIsThere) {
  std::vector<std::string> names;
  for (const Metric& metric : metrics()) names.emplace_back(metric.name);
  EXPECT_EQ(names, (std::vector<std::string>{"ndcg@10", "mrr@10", "recall@10", "recall@100", "map"}));
}

TEST(Metrics, MeanWithoutQueriesIsZero) { EXPECT_EQ(evaluate({}, {}).mean(0), 0); }

TEST(Metrics, EqualScoresAreOrderedByDescendingId) {
  const std::vector<RankedDocument> answers{{"10", 1}, {"9", 1.00000001}, {"a", 0.5}, {"b", 2}};
  std::string order;
  for (const RankedDocument* answer : in_order(answers)) order += answer->id + " ";
  EXPECT_EQ(order, "b 9 10 a ");
}

}  // namespace
}  // namespace rappel
