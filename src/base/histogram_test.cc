#include "base/histogram.h"

#include <gtest/gtest.h>

namespace rappel {
namespace {

constexpr double kBounds[] = {0.5, 2};

TEST(HistogramTest, BucketsAreCumulativeAndBoundsAreInclusive) {
  Histogram histogram(kBounds);
  for (const double value : {0.1, 0.5, 1.0, 2.0, 7.5}) histogram.add(value);
  MetricsText out;
  out.family("size", MetricsText::Type::kHistogram, "Sizes.");
  histogram.write(out, {{"kind", "a"}});
  EXPECT_EQ(out.take(),
            "# HELP size Sizes.\n# TYPE size histogram\n"
            "size_bucket{kind=\"a\",le=\"0.5\"} 2\n"
            "size_bucket{kind=\"a\",le=\"2\"} 4\n"
            "size_bucket{kind=\"a\",le=\"+Inf\"} 5\n"
            "size_sum{kind=\"a\"} 11.1\n"
            "size_count{kind=\"a\"} 5\n");
}

TEST(HistogramTest, WithoutValuesAllCountsAreZero) {
  MetricsText out;
  out.family("size", MetricsText::Type::kHistogram, "Sizes.");
  Histogram(kBounds).write(out, {});
  const std::string text = out.take();
  EXPECT_NE(text.find("size_bucket{le=\"+Inf\"} 0\nsize_sum 0\nsize_count 0\n"), std::string::npos) << text;
}

}  // namespace
}  // namespace rappel
