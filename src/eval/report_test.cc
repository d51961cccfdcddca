#include "eval/report.h"

#include <gtest/gtest.h>

namespace rappel {
namespace {

EvalResult result(const std::string& mode, const Run& run) {
  const Judgements judgements{{"q1", {{"a", 1}}}, {"q2", {{"b", 1}}}};
  return {"otters", mode, {{"RERANK_K", "5"}}, mode, evaluate(judgements, run), std::nullopt};
}

EvalResult good() {
  EvalResult made = result("dense <1>", {{"q1", {{"a", 2}, {"b", 1}}}, {"q2", {{"b", 1}}}});
  made.latency = latency_of({4, 1, 3, 2, 5});
  return made;
}

EvalResult bad() { return result("lexical", {{"q1", {{"a", 1}, {"b", 2}}}}); }

TEST(EvalReport, LatencyIsByQuantiles) {
  const EvalLatency latency = latency_of({4, 1, 3, 2, 5});
  EXPECT_DOUBLE_EQ(latency.p50, 3);
  EXPECT_DOUBLE_EQ(latency.p90, 4.6);
  EXPECT_DOUBLE_EQ(latency.p95, 4.8);
  EXPECT_DOUBLE_EQ(latency.p99, 4.96);
}

TEST(EvalReport, JsonHasTheDocumentedMembers) {
  EXPECT_EQ(dump_json(eval_json({{good()}, {}, {}})),
            R"({"sets":[{"name":"otters","mode":"dense <1>","settings":{"RERANK_K":"5"},)"
            R"("metrics":{"ndcg@10":1.0,"mrr@10":1.0,"recall@10":1.0,"recall@100":1.0,"map":1.0},)"
            R"("latency_ms":{"p50":3.0,"p90":4.6,"p95":4.8,"p99":4.96}}]})");
  const Json read = eval_json({{bad()}, {}, {"a sentence"}});
  EXPECT_EQ(read["sets"][0]["latency_ms"], Json::object()) << "of a run that was read";
  EXPECT_EQ(read["notes"][0], "a sentence");
}

TEST(EvalReport, TableHasALineForEachResult) {
  const std::string table = eval_table(std::vector<EvalResult>{good(), bad()});
  EXPECT_NE(table.find("dense <1>         1.0000      1.0000"), std::string::npos) << table;
  EXPECT_NE(table.find("lexical           0.3155      0.2500      0.5000      0.5000      0.2500         -"),
            std::string::npos)
      << table;
}

TEST(EvalReport, ComparisonCountsQueries) {
  const EvalComparison comparison = compare_results(bad(), good());
  EXPECT_EQ(comparison.metrics[0].won, 2U);
  EXPECT_NEAR(comparison.metrics[0].difference, 1 - 0.31546488, 1e-6);
  EXPECT_EQ(comparison.metrics[0].p, 0.5) << "two of the four assignments of signs are as extreme";
  EXPECT_EQ(comparison.metrics[2].tied, 1U);
  const Json json = eval_json({{}, {comparison}, {}});
  EXPECT_EQ(json["comparisons"][0]["name"], "otters");
  EXPECT_EQ(json["comparisons"][0]["metrics"]["recall@10"]["won"], 1);
  const std::string table = comparison_table(comparison);
  EXPECT_NE(table.find("recall@10      0.5000   1.0000   +0.5000   1.0000           1     1      0"),
            std::string::npos)
      << table;
}

TEST(EvalReport, ChartHasABarForEachValueAndEscapesLabels) {
  const std::string chart = eval_chart(std::vector<EvalResult>{good(), bad()});
  std::size_t bars = 0;
  for (std::size_t at = 0; (at = chart.find("<rect x=", at)) != std::string::npos; ++at) ++bars;
  EXPECT_EQ(bars, 2 * metrics().size());
  EXPECT_NE(chart.find("dense &lt;1&gt;"), std::string::npos);
  EXPECT_NE(chart.find(">0.3155<"), std::string::npos);
}

TEST(EvalReport, SetsAreDrawnBelowEachOther) {
  EvalResult herons = good();
  herons.set = "herons";
  const std::vector<EvalResult> results{good(), bad(), herons};
  const auto sets = by_set(results);
  ASSERT_EQ(sets.size(), 2U);
  EXPECT_EQ(sets[0].size(), 2U);
  EXPECT_EQ(sets[1][0].set, "herons");
  const std::string chart = eval_chart(results);
  EXPECT_LT(chart.find("rappel eval, otters"), chart.find("rappel eval, herons"));
  std::size_t bars = 0;
  for (std::size_t at = 0; (at = chart.find("<rect x=", at)) != std::string::npos; ++at) ++bars;
  EXPECT_EQ(bars, 3 * metrics().size());
}

}  // namespace
}  // namespace rappel
