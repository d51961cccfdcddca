#include "extractor/office/sheet_date.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace rappel::extractor {
namespace {

// Days since 1970-01-01 to a date (proleptic Gregorian calendar; H. Hinnant, "chrono-Compatible Low-Level
// Date Algorithms").
void set_date(DateTime& time, std::int64_t days) {
  time.weekday = static_cast<int>(((days + 4) % 7 + 7) % 7);
  days += 719468;
  const std::int64_t era = (days >= 0 ? days : days - 146096) / 146097;
  const std::int64_t of_era = days - era * 146097;
  const std::int64_t year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
  const std::int64_t of_year = of_era - (365 * year + year / 4 - year / 100);
  const std::int64_t month = (5 * of_year + 2) / 153;
  time.day = static_cast<int>(of_year - (153 * month + 2) / 5 + 1);
  time.month = static_cast<int>(month < 10 ? month + 3 : month - 9);
  time.year = static_cast<int>(year + era * 400 + (time.month <= 2 ? 1 : 0));
}

constexpr std::array<const char*, 12> kMonths = {"January",   "February", "March",    "April",
                                                 "May",       "June",     "July",     "August",
                                                 "September", "October",  "November", "December"};
constexpr std::array<const char*, 7> kDays = {"Sunday",   "Monday", "Tuesday", "Wednesday",
                                              "Thursday", "Friday", "Saturday"};

std::string month_text(int month, std::size_t width) {
  if (width <= 2) return padded(month, width);
  const std::string name = kMonths[static_cast<std::size_t>(month - 1)];
  return width == 3 ? name.substr(0, 3) : width == 5 ? name.substr(0, 1) : name;
}

std::string day_text(const DateTime& time, std::size_t width) {
  if (width <= 2) return padded(time.day, width);
  const std::string name = kDays[static_cast<std::size_t>(time.weekday)];
  return width == 3 ? name.substr(0, 3) : name;
}

}  // namespace

DateTime date_of(double value, DateSystem dates, bool whole_seconds) {
  constexpr std::int64_t k1900 = -25569, k1904 = -24107;  // day 0 of the systems
  DateTime time;
  double days = std::floor(value), seconds = (value - days) * 86400;
  seconds = whole_seconds ? std::floor(seconds + 0.5) : std::floor(seconds * 1000 + 0.5) / 1000;
  if (seconds >= 86400) {
    seconds -= 86400;
    ++days;
  }
  time.days = static_cast<std::int64_t>(days);
  const auto whole = static_cast<int>(seconds);
  time.rest = seconds - whole;
  time.hour = whole / 3600;
  time.minute = whole / 60 % 60;
  time.second = whole % 60;
  // The system of 1900 counts a 29 February that did not exist.
  const std::int64_t base = dates == DateSystem::k1904 ? k1904 : time.days < 60 ? k1900 + 1 : k1900;
  set_date(time, time.days + base);
  return time;
}

std::string date_part(const DateTime& time, std::string_view letters, bool twelve) {
  const std::size_t width = letters.size();
  const int hour = twelve ? (time.hour + 11) % 12 + 1 : time.hour;
  switch (letters[0]) {
    case 'y': return width <= 2 ? padded(time.year % 100, 2) : padded(time.year, 4);
    case 'e': return padded(time.year, 4);
    case 'b': return padded(width <= 2 ? (time.year + 543) % 100 : time.year + 543, 2);
    case 'm': return month_text(time.month, width);
    case 'd': return day_text(time, width);
    case 'h': return padded(hour, std::min<std::size_t>(width, 2));
    case 'N': return padded(time.minute, std::min<std::size_t>(width, 2));
    case 's': return padded(time.second, std::min<std::size_t>(width, 2));
    case 'P': return width == 1 ? (time.hour < 12 ? "A" : "P") : (time.hour < 12 ? "AM" : "PM");
    case '0': return '.' + padded(std::lround(time.rest * 1000), 3).substr(0, width);
    default: return "";
  }
}

std::string elapsed(const DateTime& time, std::string_view letters) {
  const std::int64_t hours = time.days * 24 + time.hour;
  if (letters[0] == 'h') return padded(hours, letters.size());
  const std::int64_t minutes = hours * 60 + time.minute;
  return padded(letters[0] == 'm' || letters[0] == 'N' ? minutes : minutes * 60 + time.second,
                letters.size());
}

std::string padded(std::int64_t value, std::size_t width) {
  std::string text = std::to_string(value);
  return text.size() < width ? std::string(width - text.size(), '0') + text : text;
}

}  // namespace rappel::extractor
