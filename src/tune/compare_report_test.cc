#include "tune/compare_report.h"

#include <gtest/gtest.h>

#include <cmath>

namespace rappel {
namespace {

Rival rival(RivalKind kind, std::string name, const std::vector<double>& medians, std::string settings = "") {
  Rival made{kind, std::move(name), std::move(settings), "", "", {}};
  for (const double median : medians) made.ms.push_back({5, median, median, 0, median, median, median});
  return made;
}

Comparison found_with(std::vector<Rival> others) {
  Comparison found;
  found.device = "cpu: some processor";
  found.precision = "auto";
  found.keys = {"query_short", "documents_20", "rerank_5"};
  found.names = {"single query", "20 documents", "rerank 5 passages"};
  found.items = {1, 20, 5};
  found.rivals = {rival(RivalKind::kInForce, "settings in force", {10, 100, 40})};
  for (Rival& other : others) found.rivals.push_back(std::move(other));
  return found;
}

TEST(CompareReport, SpeedUpsAndTheirGeometricMean) {
  const Rival a = rival(RivalKind::kInForce, "a", {10, 100, 40}),
              b = rival(RivalKind::kPrecision, "b", {20, 800});
  EXPECT_DOUBLE_EQ(speed_up(a, b, 0), 2);
  EXPECT_DOUBLE_EQ(speed_up(b, a, 0), 0.5);
  EXPECT_EQ(speed_up(a, b, 2), 0) << "not timed";
  EXPECT_DOUBLE_EQ(average_speed_up(a, b), 4) << "2 and 8";
  EXPECT_EQ(average_speed_up(a, Rival{}), 0);
}

TEST(CompareReport, Grades) {
  const std::pair<double, const char*> cases[] = {
      {10, "excellent"}, {9.99, "great"},  {5, "great"},    {4.99, "good"},
      {2, "good"},       {1.99, "modest"}, {1.5, "modest"}, {1.49, "something is wrong"}};
  for (const auto& [times, words] : cases) EXPECT_STREQ(grade(times), words) << times;
}

TEST(CompareReport, FlagEmbeddingCountsBeforeAllElse) {
  const Verdict verdict =
      verdict_of(found_with({rival(RivalKind::kPrecision, "float32", {20, 200, 80}),
                             rival(RivalKind::kFlagEmbedding, "FlagEmbedding 1.4", {120, 1200, 480})}));
  EXPECT_EQ(verdict.grade, "excellent");
  EXPECT_NEAR(verdict.speed_up, 12, 1e-9);
  EXPECT_NEAR(verdict.saved_s_per_100_queries, 11, 1e-9);
  EXPECT_NEAR(verdict.saved_s_per_1000_documents, 55, 1e-9);
}

TEST(CompareReport, AFlagEmbeddingThatFailedDoesNotCount) {
  Rival failed = rival(RivalKind::kFlagEmbedding, "FlagEmbedding", {});
  failed.trouble = "it is not installed";
  const Comparison found = found_with({failed, rival(RivalKind::kPrecision, "float32", {25, 250, 100})});
  EXPECT_EQ(verdict_of(found).slower, "float32");
  EXPECT_NE(comparison_text(found).find("not timed: it is not installed"), std::string::npos);
}

TEST(CompareReport, AGpuIsHeldAgainstTheCpuWhicheverIsInForce) {
  Comparison on_cpu = found_with({rival(RivalKind::kDevice, "cuda", {2, 10, 4}, "EMBEDDING_DEVICE=cuda")});
  EXPECT_EQ(verdict_of(on_cpu).faster, "cuda");
  EXPECT_NEAR(verdict_of(on_cpu).speed_up, std::cbrt(5.0 * 10 * 10), 1e-9);
  EXPECT_NE(recommendations(on_cpu)[0].find("set EMBEDDING_DEVICE=cuda"), std::string::npos);
  Comparison on_gpu = found_with({rival(RivalKind::kDevice, "cpu", {12, 120, 48})});
  on_gpu.on_gpu = true;
  EXPECT_EQ(verdict_of(on_gpu).slower, "cpu");
  EXPECT_EQ(verdict_of(on_gpu).grade, "something is wrong");
  EXPECT_NE(verdict_of(on_gpu).words.find("rappel check"), std::string::npos);
}

TEST(CompareReport, OnACpuAloneFloat32IsTheMeasure) {
  const Comparison good = found_with({rival(RivalKind::kPrecision, "float32", {30, 300, 120})});
  EXPECT_EQ(verdict_of(good).grade, "good");
  EXPECT_NE(verdict_of(good).words.find("without a GPU"), std::string::npos);
  const Comparison little = found_with({rival(RivalKind::kPrecision, "float32", {11, 110, 44})});
  EXPECT_EQ(verdict_of(little).grade, "little");
  EXPECT_NE(verdict_of(little).words.find("rappel devices"), std::string::npos);
  EXPECT_EQ(verdict_of(found_with({})).grade, "none");
}

TEST(CompareReport, Float32InForceIsNothingWrong) {
  Comparison found =
      found_with({rival(RivalKind::kPrecision, "int8", {5, 50, 20}, "EMBEDDING_PRECISION=int8")});
  found.precision = "float32";
  EXPECT_EQ(verdict_of(found).grade, "as expected");
  EXPECT_EQ(verdict_of(found).faster, "int8");
  EXPECT_NE(verdict_of(found).words.find("int8 is 2.0 times as fast"), std::string::npos);
  EXPECT_EQ(recommendations(found)[0],
            "set EMBEDDING_PRECISION=int8: 2.00 times as fast as the settings in force");
  Comparison alone = found_with({});
  alone.precision = "float32";
  EXPECT_EQ(verdict_of(alone).grade, "as expected");
  EXPECT_EQ(verdict_of(alone).speed_up, 0);
}

TEST(CompareReport, Int8IsTimedOnAGpuAndNotRecommended) {
  Comparison found =
      found_with({rival(RivalKind::kPrecision, "int8", {5, 50, 20}, "EMBEDDING_PRECISION=int8"),
                  rival(RivalKind::kPrecision, "half", {8, 80, 32}, "EMBEDDING_PRECISION=half")});
  found.device = "cuda: some GPU";
  EXPECT_EQ(recommendations(found)[0],
            "set EMBEDDING_PRECISION=half: 1.25 times as fast as the settings in force");
  found.precision = "float32";
  EXPECT_EQ(verdict_of(found).words.find("int8"), std::string::npos);
}

TEST(CompareReport, WhatIsSlowerSomewhereIsNotRecommended) {
  const Comparison found =
      found_with({rival(RivalKind::kPrecision, "half", {2, 20, 41}, "EMBEDDING_PRECISION=half")});
  EXPECT_TRUE(recommendations(found)[0].starts_with("keep the settings in force"));
}

TEST(CompareReport, NothingFasterMeansKeep) {
  const Comparison found = found_with({rival(RivalKind::kPrecision, "int8", {9.8, 98, 39.2}),
                                       rival(RivalKind::kThreads, "1 thread", {20, 200, 80})});
  EXPECT_TRUE(recommendations(found)[0].starts_with("keep the settings in force"));
  const Json json = comparison_json(found);
  EXPECT_EQ(json["rivals"][2]["kind"], "threads");
  EXPECT_EQ(json["rivals"][2]["in_force_is_faster"]["query_short"], 2);
}

}  // namespace
}  // namespace rappel
