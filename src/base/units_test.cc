#include "base/units.h"

#include <gtest/gtest.h>

namespace rappel {
namespace {

TEST(Units, CountsHaveTheirPlural) {
  EXPECT_EQ(count_text(0, "document"), "0 documents");
  EXPECT_EQ(count_text(1, "document"), "1 document");
  EXPECT_EQ(count_text(2, "document"), "2 documents");
  EXPECT_EQ(count_text(1, "query", "queries"), "1 query");
  EXPECT_EQ(count_text(3, "query", "queries"), "3 queries");
}

TEST(Units, SmallSizesKeepTheirDigits) {
  EXPECT_EQ(bytes_text(0), "0 B");
  EXPECT_EQ(bytes_text(28.8e6), "28.8 MB");
  EXPECT_EQ(bytes_text(40e6), "40.0 MB");
  EXPECT_EQ(bytes_text(999.96e6), "1.0 GB");
  EXPECT_EQ(bytes_text(999.7), "1.0 kB");
}

TEST(Units, BytesAndDurations) {
  EXPECT_EQ(bytes_text(999), "999 B");
  EXPECT_EQ(bytes_text(1234567), "1.2 MB");
  EXPECT_EQ(duration_text(42), "0:42");
  EXPECT_EQ(duration_text(3723), "1:02:03");
}

TEST(Units, TimesHaveThreeDigits) {
  EXPECT_EQ(time_text(0.000123), "0.12 us");
  EXPECT_EQ(time_text(0.4321), "432 us");
  EXPECT_EQ(time_text(0.9999), "1.00 ms");
  EXPECT_EQ(time_text(4.312), "4.31 ms");
  EXPECT_EQ(time_text(9.996), "10.0 ms");
  EXPECT_EQ(time_text(43.12), "43.1 ms");
  EXPECT_EQ(time_text(431.2), "431 ms");
  EXPECT_EQ(time_text(4312), "4312 ms");
  EXPECT_EQ(time_text(12340), "12.3 s");
  EXPECT_EQ(time_text(0), "0.00 us");
}

}  // namespace
}  // namespace rappel
