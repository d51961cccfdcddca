#include "extractor/pdf/values.h"

#include <gtest/gtest.h>

namespace rappel::extractor::pdf {
namespace {

TEST(Rfc3339Of, DatesOfPdf) {
  EXPECT_EQ(rfc3339_of("D:20261123100000+01'00'"), "2026-11-23T10:00:00+01:00");
  EXPECT_EQ(rfc3339_of("D:20261123100000-0530"), "2026-11-23T10:00:00-05:30");
  EXPECT_EQ(rfc3339_of("20261123"), "2026-11-23T00:00:00Z");
  EXPECT_EQ(rfc3339_of("D:2026"), "2026-01-01T00:00:00Z");
  EXPECT_EQ(rfc3339_of("D:20269923"), "");
  EXPECT_EQ(rfc3339_of("yesterday"), "");
  EXPECT_EQ(rfc3339_of(""), "");
}

}  // namespace
}  // namespace rappel::extractor::pdf
