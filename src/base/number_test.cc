#include "base/number.h"

#include <gtest/gtest.h>

#include <clocale>
#include <locale>
#include <string>

namespace rappel {
namespace {

TEST(Number, DecimalNumbersAreRead) {
  EXPECT_EQ(parse_number("0.25"), 0.25);
  EXPECT_EQ(parse_number("-3"), -3.0);
  EXPECT_EQ(parse_number("+7."), 7.0);
  EXPECT_EQ(parse_number(" .5\t"), 0.5);
  EXPECT_EQ(parse_number("1e-3"), 0.001);
  EXPECT_EQ(parse_number("2E+2"), 200.0);
}

TEST(Number, EverythingElseIsRefused) {
  for (const char* text :
       {"", " ", ".", "-", "e3", "1e", "0x10", "inf", "nan", "1,5", "1 2", "--1", "1e999", "1.2.3"})
    EXPECT_EQ(parse_number(text), std::nullopt) << text;
}

TEST(Number, TheUnitStays) {
  std::string_view text = "1.5e1gib";
  EXPECT_EQ(take_number(text), 15.0);
  EXPECT_EQ(text, "gib");
  EXPECT_EQ(take_number(text), std::nullopt);
  EXPECT_EQ(text, "gib");
  text = "2e";
  EXPECT_EQ(take_number(text), 2.0);
  EXPECT_EQ(text, "e");
}

// The decimal point of a German or French process.
struct CommaPoint : std::numpunct<char> {
  char do_decimal_point() const override { return ','; }
  char do_thousands_sep() const override { return '.'; }
  std::string do_grouping() const override { return "\3"; }
};

TEST(Number, TheLocaleOfTheProcessDoesNotMatter) {
  const std::locale before = std::locale::global(std::locale(std::locale::classic(), new CommaPoint));
  EXPECT_EQ(parse_number("0.25"), 0.25);
  EXPECT_EQ(parse_number("1000.5"), 1000.5);
  std::locale::global(before);
}

}  // namespace
}  // namespace rappel
