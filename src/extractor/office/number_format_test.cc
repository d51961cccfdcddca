#include "extractor/office/number_format.h"

#include <gtest/gtest.h>

namespace rappel::extractor {
namespace {

TEST(NumberFormat, FormatsOfNumbersDatesAndTimes) {
  struct Case {
    const char* code;
    double value;
    const char* text;
  };
  const Case cases[] = {
      {"General", 0.1 + 0.2, "0.3"},
      {"General", 1.5e-7, "1.5E-07"},
      {"General", 12345678901234, "12345678901234"},
      {"General", -2, "-2"},
      {"0", 2.5, "3"},
      {"0.00", 2.675, "2.68"},
      {"0.00", -1.005, "-1.01"},
      {"0.00", -0.001, "0.00"},
      {"#,##0.00", 1234567.5, "1,234,567.50"},
      {"#,##0", 12, "12"},
      {"#", 0, ""},
      {"0.##", 1.5, "1.5"},
      {"0.##", 1, "1"},
      {".00", 1.5, "1.50"},
      {"000", 7, "007"},
      {"000-00-0000", 123456789, "123-45-6789"},
      {"0.0%", 0.125, "12.5%"},
      {"0.0,", 12345, "12.3"},
      {"#,##0,,\"M\"", 12345678, "12M"},
      {"0.00E+00", 12345, "1.23E+04"},
      {"0.00E+00", 0.00012, "1.20E-04"},
      {"##0.0E+0", 12345, "12.3E+3"},
      {"# ?/?", 1.5, "1 1/2"},
      {"# ?\?/?\?", 0.33, "32/97"},
      {"# ?/8", 2.25, "2 2/8"},
      {"[$€-407] #,##0.00", 5, "€ 5.00"},
      {"_($* #,##0.00_);_($* (#,##0.00);_(@_)", -5, "$(5.00)"},
      {"[Red]-0;[Blue](0)", -5, "(5)"},
      {"[<10]\"low\";[>=10]\"high\"", 12, "high"},
      {"0;-0;\"zero\"", 0, "zero"},
      {";;;", 5, ""},
      {"\"Nr. \"0", 5, "Nr. 5"},
      {"yyyy-mm-dd", 45351, "2024-02-29"},
      {"dd/mm/yyyy hh:mm", 45352 + 14.5 / 24, "01/03/2024 14:30"},
      {"d. mmmm yyyy", 1, "1. January 1900"},
      {"ddd d-mmm-yy", 45351, "Thu 29-Feb-24"},
      {"h:mm AM/PM", 0.75, "6:00 PM"},
      {"h:mm AM/PM", 0, "12:00 AM"},
      {"mm:ss.0", 0.5 / 86400, "00:00.5"},
      {"[h]:mm", 1.5, "36:00"},
      {"[mm]:ss", 0.5, "720:00"},
      {"yyyy\"年\"m\"月\"d\"日\"", 45351, "2024年2月29日"},
      {"yyyy-mm-dd", -1, "-1"},
      {"yyyy-mm-dd", 1e300, "1E+300"},
      {"0%%", 1e308, ""},
  };
  for (const Case& each : cases)
    EXPECT_EQ(NumberFormat(each.code).format(each.value, DateSystem::k1900), each.text) << each.code;
}

TEST(NumberFormat, DateSystemOf1904) {
  EXPECT_EQ(NumberFormat("yyyy-mm-dd").format(0, DateSystem::k1904), "1904-01-01");
  EXPECT_EQ(NumberFormat(built_in_format(14)).format(43889, DateSystem::k1904), "2024-02-29");
}

TEST(NumberFormat, TextAndDamagedCodes) {
  EXPECT_EQ(NumberFormat("\"Mr. \"@").format_text("X"), "Mr. X");
  EXPECT_EQ(NumberFormat("@").format_text("X"), "X");
  for (const char* code :
       {"", "[", "\"", "\\", "_", "*", "[$", "[<", "0.", "/", "?/", "E+", ".", ",", ";;;;;;"})
    (void)NumberFormat(code).format(1234.5, DateSystem::k1900);
}

}  // namespace
}  // namespace rappel::extractor
