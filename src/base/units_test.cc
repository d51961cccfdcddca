#include "base/units.h"

#include <gtest/gtest.h>

namespace rappel {
namespace {

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
