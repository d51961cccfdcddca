#include "access/rate.h"

#include <gtest/gtest.h>

namespace rappel {
namespace {

using std::chrono::milliseconds;

TEST(Rate, IsReadAndWritten) {
  EXPECT_EQ(*parse_rate("5/s"), (Rate{5, 1}));
  EXPECT_EQ(*parse_rate("1000/h"), (Rate{1000, 3600}));
  for (const char* text : {"5/s", "100/m", "1000/h"}) EXPECT_EQ(rate_text(*parse_rate(text)), text);
  for (const char* wrong :
       {"", "/s", "5", "0/s", "-1/s", "5/", "5/d", "5/sec", "x/s", "1e9/s", "9999999999/s"})
    EXPECT_FALSE(parse_rate(wrong).ok()) << wrong;
}

TEST(TokenRates, RequestsComeBackOverTime) {
  TokenRates rates;
  const Rate rate{2, 60};
  TokenRates::Clock::time_point now{};
  EXPECT_EQ(rates.take("a", rate, now), milliseconds(0));
  EXPECT_EQ(rates.take("a", rate, now), milliseconds(0));
  EXPECT_EQ(rates.take("a", rate, now), milliseconds(30'000));
  now += std::chrono::seconds(20);
  EXPECT_EQ(rates.take("a", rate, now), milliseconds(10'000)) << "a refused request costs nothing";
  now += std::chrono::seconds(10);
  EXPECT_EQ(rates.take("a", rate, now), milliseconds(0));
  EXPECT_GT(rates.take("a", rate, now), milliseconds(0));
  now += std::chrono::hours(5);
  for (int i = 0; i < 2; ++i) EXPECT_EQ(rates.take("a", rate, now), milliseconds(0));
  EXPECT_GT(rates.take("a", rate, now), milliseconds(0)) << "no more than the rate comes back";
}

TEST(TokenRates, TokensCountByThemselves) {
  TokenRates rates;
  const TokenRates::Clock::time_point now{};
  EXPECT_EQ(rates.take("a", {1, 1}, now), milliseconds(0));
  EXPECT_GT(rates.take("a", {1, 1}, now), milliseconds(0));
  EXPECT_EQ(rates.take("b", {1, 1}, now), milliseconds(0));
  rates.clear();
  EXPECT_EQ(rates.take("a", {1, 1}, now), milliseconds(0));
}

}  // namespace
}  // namespace rappel
