#include "server/pages/collection_facts.h"

#include <gtest/gtest.h>

namespace rappel {
namespace {

CollectionState open(const std::string& name, std::int64_t documents) {
  return {.name = name, .is_open = true, .stats = StoreStats{documents, 2 * documents}};
}

TEST(CollectionFacts, HealthHasTheStateOfEach) {
  CollectionState lost = open("lost", 1);
  lost.is_degraded = true;
  JsonWriter out;
  write_health(out, {open("default", 3), lost, {.name = "notes"}});
  EXPECT_EQ(out.take(), R"({"default":"ok","lost":"degraded","notes":"idle"})");
}

TEST(CollectionFacts, MetricsHaveOpenCollections) {
  MetricsText out;
  write_metrics(out, {open("default", 3), {.name = "notes"}, open("code", 5)});
  const std::string text = out.take();
  EXPECT_NE(text.find("rappel_collection_documents{collection=\"default\"} 3\n"), std::string::npos) << text;
  EXPECT_NE(text.find("rappel_collection_chunks{collection=\"code\"} 10\n"), std::string::npos) << text;
  EXPECT_EQ(text.find("notes"), std::string::npos);
}

TEST(CollectionFacts, NumberOfLabelsIsBounded) {
  std::vector<CollectionState> many;
  for (std::size_t i = 0; i < kMostNamedCollections + 5; ++i)
    many.push_back(open("c" + std::to_string(i), 1));
  MetricsText out;
  write_metrics(out, many);
  const std::string text = out.take();
  EXPECT_NE(text.find("rappel_collection_documents{collection=\"c99\"} 1\n"), std::string::npos);
  EXPECT_EQ(text.find("collection=\"c100\""), std::string::npos);
  EXPECT_NE(text.find("rappel_collection_documents{collection=\"...\"} 5\n"), std::string::npos) << text;
  JsonWriter health;
  write_health(health, many);
  EXPECT_TRUE(health.take().ends_with(R"("c99":"ok","...":"more"})"));
}

}  // namespace
}  // namespace rappel
