// Dates of spreadsheets: days since a first day, with the time as a fraction of a day.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace rappel::extractor {

enum class DateSystem { k1900, k1904 };

struct DateTime {
  std::int64_t days = 0;  // of elapsed time
  int year = 0, month = 0, day = 0, weekday = 0;
  int hour = 0, minute = 0, second = 0;
  double rest = 0;  // of a second
};

inline constexpr double kMostDays = 2'958'466;  // 10000-01-01

// `value` is at least 0 and less than kMostDays. Rounded to seconds or to their thousandths.
DateTime date_of(double value, DateSystem dates, bool whole_seconds);

// A part by the letters of a number format: "yyyy", "mmm", "d", "hh", "ss"; "N" for minutes, "P" for AM/PM,
// "0" for parts of seconds with their point. `twelve`: hours from 1 to 12.
std::string date_part(const DateTime& time, std::string_view letters, bool twelve);
// All hours ("h"), minutes ("m", "N") or seconds ("s") since the first day.
std::string elapsed(const DateTime& time, std::string_view letters);

// With zeros in front.
std::string padded(std::int64_t value, std::size_t width);

}  // namespace rappel::extractor
