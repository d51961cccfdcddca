// Number formats of spreadsheets (ECMA-376 part 1, 18.8.31): "#,##0.00", "yyyy-mm-dd", "0.0%", "[h]:mm".
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "extractor/office/sheet_date.h"

namespace rappel::extractor {

class NumberFormat {
 public:
  explicit NumberFormat(std::string_view code);

  std::string format(double value, DateSystem dates) const;
  std::string format_text(std::string_view text) const;

 private:
  enum class Kind { kLiteral, kDigit, kPoint, kPercent, kExponent, kSlash, kGeneral, kText, kDate, kElapsed };
  struct Token {
    Kind kind;
    std::string text;  // of dates: "yyyy"; of digits: "0", "#" or "?"
  };
  struct Section {
    std::vector<Token> tokens;
    char comparison = 0;  // '<', '>', '=', 'l' (<=), 'g' (>=), 'n' (<>); 0: none
    double limit = 0;
    bool date = false, thousands = false, fraction = false;
    int scale = 0, percents = 0;
    std::size_t integers = 0, decimals = 0;
  };

  static Section parse_section(std::string_view code);
  static std::size_t parse_bracket(std::string_view code, Section& section);
  static std::size_t parse_letters(std::string_view code, Section& section);
  static void settle_minutes(Section& section);
  static void settle_digits(Section& section);
  const Section& choose(double& value) const;
  static std::string format_date(const Section& section, double value, DateSystem dates);
  static std::string format_digits(const Section& section, double value);
  static std::string format_exponent(const Section& section, double value);
  static std::string format_fraction(const Section& section, double value);

  std::vector<Section> sections_;
};

// As a cell without a format shows it, with up to 15 digits.
std::string format_general(double value);

// The code of a format that files name by number only; "" if there is none. Dates whose order depends on the
// place of the reader are given as ISO 8601.
std::string_view built_in_format(int id);

}  // namespace rappel::extractor
