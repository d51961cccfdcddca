// Parsing and formatting of timestamps.
//
// parse_timestamp() accepts the ISO 8601 forms that the chatgpt-retrieval-plugin accepted, with the same
// values, and the lower-case letters of RFC 3339. It rejects the inputs that the plugin replaced by the
// current time or failed on. Pure functions; no locale, no clock.
//
//   date   YYYY  YYYY-MM  YYYY-MM-DD  YYYYMMDD (separators also / or . , month and day also of one digit)
//          YYYY-DDD  YYYYDDD (day of the year)
//          YYYY-Www  YYYY-Www-D (ISO week, Monday = 1; hyphens may be left out)
//   time   after `T`, `t` or one space: HH  HH:MM  HH:MM:SS  HHMM  HHMMSS, seconds with a fraction after `.`
//          or `,`; 24:00:00 is the next midnight
//   zone   after a time: Z  z  +HH  +HH:MM  +HHMM (or -); none means UTC
//
// Years are 0001 to 9999 of the proleptic Gregorian calendar. A missing part has its first value.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/status.h"

namespace rappel {

// Seconds since 1970-01-01T00:00:00Z; fractions are rounded down. kInvalidArgument lists the
// accepted forms.
Result<std::int64_t> parse_timestamp(std::string_view text);

// "2026-11-23T10:00:00.123456Z", for years 0001 to 9999.
std::string format_timestamp_utc(std::chrono::system_clock::time_point time);

}  // namespace rappel
