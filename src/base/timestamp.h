// Timestamps as clients write them, and as this program writes them.
//
// parse_timestamp() accepts the forms of ISO 8601 and its close relatives that the system this replaces
// accepted, with the same values, and the lower-case letters of RFC 3339. It refuses everything that the old
// system silently turned into "now" or failed on.
// Pure functions; no locale, no clock.
//
//   date   YYYY  YYYY-MM  YYYY-MM-DD  YYYYMMDD (separators also / or . , month and day also of one digit)
//          YYYY-DDD  YYYYDDD (day of the year)
//          YYYY-Www  YYYY-Www-D (ISO week, Monday = 1; hyphens may be left out)
//   time   after `T`, `t` or one space: HH  HH:MM  HH:MM:SS  HHMM  HHMMSS, seconds with a fraction after . or
//   , ;
//          24:00:00 is the next midnight
//   zone   after a time: Z  z  +HH  +HH:MM  +HHMM (or -); none means UTC
//
// Years are 0001 to 9999 of the proleptic Gregorian calendar. A missing part means its first value.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/status.h"

namespace rappel {

// Seconds since 1970-01-01T00:00:00Z; a fraction is cut (towards the past). kInvalidArgument with the
// accepted forms.
Result<std::int64_t> parse_timestamp(std::string_view text);

// "2026-11-23T10:00:00.123456Z", for years 0001 to 9999.
std::string format_timestamp_utc(std::chrono::system_clock::time_point time);

}  // namespace rappel
