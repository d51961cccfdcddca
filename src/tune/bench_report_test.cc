#include "tune/bench_report.h"

#include <gtest/gtest.h>

#include <fstream>

#include "testing/temp_dir.h"
#include "tune/bench_chart.h"

namespace rappel {
namespace {

BenchRow row(std::string key, double median, double deviation) {
  BenchRow made{1, std::move(key), "single query, short", "off", "queries", 1, 8, 10, {}};
  made.ms = {10, median, median, deviation, median - deviation, median + deviation, median + 0.5};
  return made;
}

BenchRun run_of(double median, std::string precision = "auto") {
  BenchRun run;
  run.time = "2026-11-26T10:00:00Z";
  run.device = "cpu: some <processor>";
  run.settings = {{"EMBEDDING_MODEL", "m"}, {"EMBEDDING_PRECISION", std::move(precision)}};
  run.complete = true;
  run.rows = {row("query_short.cache_off", median, 2)};
  return run;
}

TEST(BenchReport, RatesAreByTheMedian) {
  const BenchRow made = row("a", 20, 1);
  EXPECT_DOUBLE_EQ(made.items_per_second(), 50);
  EXPECT_DOUBLE_EQ(made.tokens_per_second(), 400);
  EXPECT_EQ(BenchRow().items_per_second(), 0);
}

TEST(BenchReport, ChangeWithinTheSpread) {
  const BenchRun before = run_of(100);
  const auto slower = change_of(row("query_short.cache_off", 110, 1), before);
  ASSERT_TRUE(slower);
  EXPECT_DOUBLE_EQ(slower->percent, 10);
  EXPECT_EQ(slower->before_ms, 100);
  EXPECT_FALSE(slower->within_spread);
  EXPECT_TRUE(change_of(row("query_short.cache_off", 101.5, 1), before)->within_spread)
      << "the earlier run's spread counts too";
  EXPECT_TRUE(change_of(row("query_short.cache_off", 90, 12), before)->within_spread);
  EXPECT_FALSE(change_of(row("another", 100, 1), before));
}

TEST(BenchReport, OutlierDoesNotHideChange) {
  BenchRun before = run_of(100);
  before.rows[0].ms = describe(std::vector<double>{99, 100, 101});
  BenchRow now = row("query_short.cache_off", 0, 0);
  now.ms = describe(std::vector<double>{119, 120, 900});
  EXPECT_FALSE(change_of(now, before)->within_spread) << "the spread of most runs is a millisecond";
  now.ms = describe(std::vector<double>{100, 900});  // either may be the outlier
  EXPECT_FALSE(change_of(now, before)->within_spread) << "400 % are never ignored";
  now.ms = describe(std::vector<double>{99, 100.5, 900});
  EXPECT_TRUE(change_of(now, before)->within_spread);
}

TEST(BenchReport, TableIsWithin100Columns) {
  const BenchRun before = run_of(100);
  BenchRow widest = row("query_short.cache_off", 123456.7, 99999);
  widest.test = 8;
  widest.name = "single query, short";
  widest.tokens = 1e8;
  widest.items = 1e6;
  for (const std::string& line :
       {bench_head(&before), bench_line(widest, &before), bench_line(row("a", 1e-4, 0), &before)}) {
    EXPECT_LE(line.size(), 101U) << line;  // with the line's end
    EXPECT_EQ(line.find('\n'), line.size() - 1);
  }
  EXPECT_EQ(bench_head(nullptr).find("change"), std::string::npos);
}

TEST(BenchReport, BusyMachineIsKeptInTheHistory) {
  BenchRun run = run_of(100);
  run.busy = "other programs use 1.8 of 2 CPUs";
  EXPECT_EQ(bench_json(run, nullptr)["busy"], run.busy);
  EXPECT_EQ(bench_of_json(bench_json(run, nullptr))->busy, run.busy);
}

TEST(BenchReport, JsonRoundTrip) {
  const BenchRun run = run_of(100);
  const auto back = bench_of_json(bench_json(run, nullptr));
  ASSERT_TRUE(back.ok()) << back.status().to_string();
  EXPECT_TRUE(differences(*back, run).empty());
  EXPECT_EQ(change_of(run.rows[0], *back)->percent, 0);
  const Json against = bench_json(run, &*back);
  EXPECT_EQ(against["tests"][0]["change"]["before_ms"], 100);
  EXPECT_EQ(against["against"]["time"], run.time);
}

TEST(BenchReport, InvalidResultIsRefused) {
  for (const char* text :
       {"[]", "3", "{}", R"({"time":"t","device":"d","settings":{}})",
        R"({"time":"t","device":"d","settings":{},"tests":[1]})",
        R"({"time":"t","device":"d","settings":{},"tests":[{"key":"k","runs":1,"ms":3}]})",
        R"({"time":"t","device":"d","settings":{},"tests":[{"key":"k","runs":1,"ms":{"median":"x"}}]})"})
    EXPECT_EQ(bench_of_json(*parse_json(text)).status().code(), Code::kInvalidArgument) << text;
}

TEST(BenchReport, HistorySkipsCutLine) {
  const TempDir folder;
  const auto file = folder.path() / "new" / "history.jsonl";
  ASSERT_TRUE(append_bench_run(file, run_of(100)).ok());
  ASSERT_TRUE(append_bench_run(file, run_of(50, "float32")).ok());
  std::ofstream(file, std::ios::app) << "{\"time\":\"cut";
  ASSERT_TRUE(append_bench_run(file, run_of(70, "half")).ok());
  const auto runs = read_bench_runs(file);
  ASSERT_TRUE(runs.ok()) << runs.status().to_string();
  ASSERT_EQ((*runs).size(), 3U);
  EXPECT_EQ(last_like(*runs, run_of(1, "auto")), &(*runs)[0]);
  EXPECT_EQ(last_like(*runs, run_of(1, "float32")), &(*runs)[1]);
  EXPECT_EQ(last_like(*runs, run_of(1, "int8")), nullptr);
  EXPECT_EQ(differences((*runs)[1], run_of(1, "auto")),
            std::vector<std::string>{"EMBEDDING_PRECISION float32 -> auto"});
}

TEST(BenchReport, FilesWithoutHistoryAreRefused) {
  const TempDir folder;
  EXPECT_EQ(read_bench_runs(folder.path() / "missing").status().code(), Code::kNotFound);
  std::ofstream(folder.path() / "other") << "no json\n{\"a\":1}\n";
  EXPECT_EQ(read_bench_runs(folder.path() / "other").status().code(), Code::kInvalidArgument);
}

TEST(BenchChart, HasAllRowsAndEscapesNames) {
  const BenchRun run = run_of(100), before = run_of(10);
  const std::string plain = bench_chart(run, nullptr), marked = bench_chart(run, &before);
  EXPECT_TRUE(plain.starts_with("<svg ") && plain.ends_with("</svg>\n"));
  EXPECT_NE(plain.find("single query, short, cache off"), std::string::npos);
  EXPECT_NE(plain.find("some &lt;processor&gt;"), std::string::npos);
  EXPECT_EQ(plain.find("#c0392b"), std::string::npos);
  EXPECT_NE(marked.find("#c0392b"), std::string::npos) << "where the earlier run was";
}

}  // namespace
}  // namespace rappel
