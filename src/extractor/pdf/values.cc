#include "extractor/pdf/values.h"

#include <algorithm>
#include <cctype>

#include <fmt/format.h>

namespace rappel::extractor::pdf {
namespace {

bool is_ascii_digit(char c) { return c >= '0' && c <= '9'; }

// Takes `digits` digits from the front; -1 if they are not there.
int take(std::string_view& text, std::size_t digits) {
  if (text.size() < digits ||
      !std::all_of(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(digits), is_ascii_digit))
    return -1;
  int value = 0;
  for (std::size_t i = 0; i < digits; ++i) value = value * 10 + (text[i] - '0');
  text.remove_prefix(digits);
  return value;
}

// The next two digits, or `otherwise` if there are none.
int take_or(std::string_view& text, int otherwise) {
  const int value = take(text, 2);
  return value < 0 ? otherwise : value;
}

std::string zone_of(std::string_view text) {
  if (text.empty() || (text[0] != '+' && text[0] != '-')) return "Z";
  const char sign = text[0];
  text.remove_prefix(1);
  const int hours = take_or(text, 0);
  if (!text.empty() && (text[0] == '\'' || text[0] == ':')) text.remove_prefix(1);
  const int minutes = take_or(text, 0);
  if (hours > 23 || minutes > 59) return "Z";
  return fmt::format("{}{:02}:{:02}", sign, hours, minutes);
}

}  // namespace

std::string rfc3339_of(std::string_view date) {
  if (date.starts_with("D:")) date.remove_prefix(2);
  const int year = take(date, 4);
  const int month = take_or(date, 1), day = take_or(date, 1);
  const int hour = take_or(date, 0), minute = take_or(date, 0), second = take_or(date, 0);
  if (year < 1 || month < 1 || month > 12 || day < 1 || day > 31) return "";
  if (hour > 23 || minute > 59 || second > 60) return "";
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}{}", year, month, day, hour, minute, second,
                     zone_of(date));
}

}  // namespace rappel::extractor::pdf
