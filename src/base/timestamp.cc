#include "base/timestamp.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

namespace rappel {
namespace {

using std::chrono::day;
using std::chrono::days;
using std::chrono::month;
using std::chrono::sys_days;
using std::chrono::year;
using std::chrono::year_month_day;

constexpr std::int64_t kSecondsPerDay = 86400;

// Parses a text from the front. A function that fails consumes nothing.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : text_(text) {}

  bool at_end() const { return text_.empty(); }
  bool eat(char c) {
    if (text_.empty() || text_.front() != c) return false;
    text_.remove_prefix(1);
    return true;
  }
  // The next character if it is in `set`, else 0.
  char eat_one_of(std::string_view set) {
    if (text_.empty() || set.find(text_.front()) == std::string_view::npos) return 0;
    const char c = text_.front();
    text_.remove_prefix(1);
    return c;
  }
  std::size_t digits_ahead() const {
    std::size_t n = 0;
    while (n < text_.size() && text_[n] >= '0' && text_[n] <= '9') ++n;
    return n;
  }
  // Exactly `count` digits; more may follow.
  std::optional<int> number(std::size_t count) {
    if (digits_ahead() < count) return std::nullopt;
    int value = 0;
    for (std::size_t i = 0; i < count; ++i) value = value * 10 + (text_[i] - '0');
    text_.remove_prefix(count);
    return value;
  }

 private:
  std::string_view text_;
};

std::optional<sys_days> within_calendar(sys_days date) {
  const int y = static_cast<int>(year_month_day(date).year());
  return y >= 1 && y <= 9999 ? std::optional(date) : std::nullopt;
}

std::optional<sys_days> calendar_day(int y, int m, int d) {
  const year_month_day date{year(y), month(static_cast<unsigned>(m)), day(static_cast<unsigned>(d))};
  if (y < 1 || !date.ok()) return std::nullopt;
  return sys_days(date);
}

std::optional<sys_days> ordinal_day(int y, int n) {
  if (y < 1 || n < 1 || n > (year(y).is_leap() ? 366 : 365)) return std::nullopt;
  return sys_days(year(y) / 1 / 1) + days(n - 1);
}

// Week 1 contains 4 January. Week 53 of a year with 52 weeks is week 1 of the next year, as in the plugin.
std::optional<sys_days> week_day(int y, int week, int weekday) {
  if (y < 1 || week < 1 || week > 53 || weekday < 1 || weekday > 7) return std::nullopt;
  const sys_days fourth(year(y) / 1 / 4);
  const int monday_based = static_cast<int>(std::chrono::weekday(fourth).iso_encoding()) - 1;
  return within_calendar(fourth - days(monday_based) + days(7 * (week - 1) + weekday - 1));
}

std::optional<sys_days> parse_week(Scanner& in, int y) {
  const auto week = in.number(2);
  if (!week) return std::nullopt;
  if (in.at_end()) return week_day(y, *week, 1);
  in.eat('-');
  const auto weekday = in.number(1);
  return weekday && in.at_end() ? week_day(y, *week, *weekday) : std::nullopt;
}

std::optional<sys_days> parse_separated(Scanner& in, int y, char separator) {
  const std::size_t first = in.digits_ahead();
  if (separator == '-' && first == 3) {
    const auto n = in.number(3);
    return in.at_end() ? ordinal_day(y, *n) : std::nullopt;
  }
  if (first != 1 && first != 2) return std::nullopt;
  const auto m = in.number(first);
  if (in.at_end()) return first == 2 ? calendar_day(y, *m, 1) : std::nullopt;
  if (!in.eat(separator)) return std::nullopt;
  const std::size_t second = in.digits_ahead();
  if (second != 1 && second != 2) return std::nullopt;
  const auto d = in.number(second);
  return in.at_end() ? calendar_day(y, *m, *d) : std::nullopt;
}

std::optional<sys_days> parse_date(std::string_view text) {
  Scanner in(text);
  const auto y = in.number(4);
  if (!y) return std::nullopt;
  if (in.at_end()) return calendar_day(*y, 1, 1);
  if (const std::size_t digits = in.digits_ahead(); digits == 4) {
    const auto m = in.number(2), d = in.number(2);
    return in.at_end() ? calendar_day(*y, *m, *d) : std::nullopt;
  } else if (digits == 3) {
    const auto n = in.number(3);
    return in.at_end() ? ordinal_day(*y, *n) : std::nullopt;
  }
  const char separator = in.eat_one_of("-/.");
  if ((separator == 0 || separator == '-') && in.eat('W')) return parse_week(in, *y);
  return separator != 0 ? parse_separated(in, *y, separator) : std::nullopt;
}

// Seconds east of UTC.
std::optional<std::int64_t> parse_zone(Scanner& in) {
  if (in.at_end()) return 0;
  if (in.eat_one_of("Zz") != 0) return in.at_end() ? std::optional<std::int64_t>(0) : std::nullopt;
  const char sign = in.eat_one_of("+-");
  const auto hours = in.number(2);
  if (sign == 0 || !hours) return std::nullopt;
  int minutes = 0;
  if (!in.at_end()) {
    in.eat(':');
    const auto m = in.number(2);
    if (!m || !in.at_end()) return std::nullopt;
    minutes = *m;
  }
  const std::int64_t offset = *hours * 3600 + minutes * 60;
  if (offset >= kSecondsPerDay) return std::nullopt;
  return sign == '-' ? -offset : offset;
}

// Seconds since midnight of the preceding date, minus the zone offset.
std::optional<std::int64_t> parse_time(std::string_view text) {
  Scanner in(text);
  const auto hour = in.number(2);
  if (!hour) return std::nullopt;
  int minute = 0, second = 0;
  bool fraction_is_zero = true;
  const bool colons = in.eat(':');
  if (colons || in.digits_ahead() > 0) {
    const auto m = in.number(2);
    if (!m) return std::nullopt;
    minute = *m;
    const bool more = colons ? in.eat(':') : in.digits_ahead() > 0;
    if (more) {
      const auto s = in.number(2);
      if (!s) return std::nullopt;
      second = *s;
      if (in.eat_one_of(".,") != 0) {
        const std::size_t digits = in.digits_ahead();
        if (digits == 0) return std::nullopt;
        for (std::size_t i = 0; i < digits; ++i) fraction_is_zero &= *in.number(1) == 0;
      }
    }
  }
  const auto offset = parse_zone(in);
  if (!offset || minute > 59 || second > 59 || *hour > 24) return std::nullopt;
  if (*hour == 24 && (minute != 0 || second != 0 || !fraction_is_zero)) return std::nullopt;
  return *hour * 3600 + minute * 60 + second - *offset;
}

std::optional<std::int64_t> parse(std::string_view text) {
  const std::size_t t = text.find_first_of("Tt ");
  const auto date = parse_date(text.substr(0, t));
  if (!date) return std::nullopt;
  const std::int64_t midnight = date->time_since_epoch().count() * kSecondsPerDay;
  if (t == std::string_view::npos) return midnight;
  const auto time = parse_time(text.substr(t + 1));
  if (!time) return std::nullopt;
  // 9999-12-31T24:00 is beyond the last year.
  if (text.substr(t + 1, 2) == "24" && !within_calendar(*date + days(1))) return std::nullopt;
  return midnight + *time;
}

// The text in quotes if it is short and printable, so that a message stays one readable line.
std::string quoted(std::string_view text) {
  const bool plain = std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c <= '~'; });
  return plain && text.size() <= 40 ? fmt::format("\"{}\"", text) : std::string("this text");
}

}  // namespace

Result<std::int64_t> parse_timestamp(std::string_view text) {
  if (const auto seconds = parse(text)) return *seconds;
  return Status(
      Code::kInvalidArgument,
      quoted(text) +
          " is not a date: write YYYY-MM-DD, YYYY-MM, YYYY, YYYYMMDD, YYYY-DDD or YYYY-Www-D, if wanted with "
          "a time like T10:00:00 and a zone like Z or +02:00 (none means UTC)");
}

std::string format_timestamp_utc(std::chrono::system_clock::time_point time) {
  const auto micros = std::chrono::floor<std::chrono::microseconds>(time);
  const auto midnight = std::chrono::floor<days>(micros);
  const year_month_day date(midnight);
  const std::int64_t us = (micros - midnight).count();
  const std::int64_t s = us / 1'000'000;
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:06}Z", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()), s / 3600,
                     s / 60 % 60, s % 60, us % 1'000'000);
}

}  // namespace rappel
