#include "base/timestamp.h"

#include <gtest/gtest.h>

#include <cstdio>
#include <optional>
#include <string>

namespace rappel {
namespace {

struct Case {
  const char* text;
  std::optional<std::int64_t> seconds;  // nullopt: rejected
};

// Forms and values of the chatgpt-retrieval-plugin, which used the current time or failed where kRefused
// stands.
constexpr std::optional<std::int64_t> kRefused;
const Case kCases[] = {
    {"2021-01-21", 1611187200},
    {"2021-01-21T10:00:00", 1611223200},
    {"2021-01-21T10:00:00+00:00", 1611223200},
    {"2021-01-21 10:00", 1611223200},
    {"2021-01", 1609459200},
    {"20210121", 1611187200},
    {"2021-W03-4", 1611187200},
    {"2021-01-21T10:00:00.9", 1611223200},
    {"2021-1-2", 1609545600},
    {"2021/01/21", 1611187200},
    {"01/21/2021", kRefused},
    {"21 January 2021", kRefused},
    {"not a date", kRefused},
    {"", kRefused},
    {"2021-02-30", kRefused},
    {"2021-01-01T25:00:00", kRefused},
    {"2021-01-21T10:00:60Z", kRefused},
    {"0001-01-01", -62135596800},
    {"1969-12-31T23:59:59Z", -1},
    {"now", kRefused},
    {"today", kRefused},
    {"2021-01-21T10:00:00+0530", 1611203400},
    {"2021-01-21T10", 1611223200},
    {"2021-01-21T10:00:00,5Z", 1611223200},
    {"2021-01-21t10:00:00z", 1611223200},
    {"2021-01-21t10:00:00.25z", 1611223200},
    {"2021-01-21T10:00:00z", 1611223200},
    {"2021-01-21t10:00:00-02:00", 1611230400},
    {"2021-01-21t", kRefused},
    {"2021-01-21t10:00zz", kRefused},
    {"2021-01-21z", kRefused},
    // More forms.
    {"2021", 1609459200},
    {"2021-021", 1611187200},
    {"2021021", 1611187200},
    {"2021.01.21", 1611187200},
    {"2021/01", 1609459200},
    {"2021-1-21", 1611187200},
    {"2021-W03", 1610928000},
    {"2021W034", 1611187200},
    {"2021-W53-1", 1609718400 + 52 * 7 * 86400},
    {"2020-02-29", 1582934400},
    {"2020-366", 1609372800},
    {"20210121T100000Z", 1611223200},
    {"2021-01-21T10:00:00-02", 1611230400},
    {"2021-01-21T10:00-02:00", 1611230400},
    {"2021-01-20T24:00:00", 1611187200},
    {"1969-12-31T23:59:59.5Z", -1},
    {"0001-01-01T00:00+05:00", -62135596800 - 5 * 3600},
    {"9999-12-31T23:59:59Z", 253402300799},
    // Almost valid.
    {"0000-01-01", kRefused},
    {"202101", kRefused},
    {"2021-1", kRefused},
    {"2021-13-01", kRefused},
    {"2021-00-01", kRefused},
    {"2021-366", kRefused},
    {"2021-000", kRefused},
    {"2021-W00-1", kRefused},
    {"2021-W54-1", kRefused},
    {"2021-W03-8", kRefused},
    {"2021-W3-4", kRefused},
    {"2021-01/21", kRefused},
    {"2021-01-21Z", kRefused},
    {"2021-01-21T", kRefused},
    {"2021-01-21  10:00", kRefused},
    {"2021-01-21T 10:00", kRefused},
    {"2021-01-21T1:00", kRefused},
    {"2021-01-21T10:00:00.", kRefused},
    {"2021-01-21T10:00.5", kRefused},
    {"2021-01-21T10:0000", kRefused},
    {"2021-01-21T1000:00", kRefused},
    {"2021-01-21T10:00 Z", kRefused},
    {"2021-01-21T10:00+24:00", kRefused},
    {"2021-01-21T10:00+2", kRefused},
    {"2021-01-21T24:00:01", kRefused},
    {"9999-12-31T24:00:00", kRefused},
    {"9999-12-31T24:00:00+02:00", kRefused},
    {"1611223200", kRefused},
    {" 2021-01-21", kRefused},
    {"2021-01-21 ", kRefused},
    {"-2021-01-21", kRefused},
    {"20211-01-21", kRefused},
};

TEST(Timestamp, ParsesAcceptedForms) {
  for (const Case& c : kCases) {
    const auto got = parse_timestamp(c.text);
    EXPECT_EQ(got.ok(), c.seconds.has_value()) << c.text;
    if (got.ok() && c.seconds) {
      EXPECT_EQ(*got, *c.seconds) << c.text;
    }
  }
}

TEST(Timestamp, ErrorMessageListsAcceptedForms) {
  const Status status = parse_timestamp("01/21/2021").status();
  EXPECT_EQ(status.code(), Code::kInvalidArgument);
  EXPECT_NE(status.message().find("\"01/21/2021\" is not a date"), std::string::npos);
  EXPECT_NE(status.message().find("YYYY-MM-DD"), std::string::npos);
  EXPECT_EQ(parse_timestamp(std::string(1000, 'q')).status().message().find("qqq"), std::string::npos);
  EXPECT_FALSE(parse_timestamp(std::string("2021\0", 5)).ok());
}

TEST(Timestamp, EveryDayOfFourCenturiesInThreeForms) {
  std::int64_t seconds = *parse_timestamp("1800-01-01");
  for (int year = 1800; year < 2200; ++year) {
    const bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    const int lengths[] = {31, leap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    int ordinal = 0;
    for (int month = 1; month <= 12; ++month) {
      for (int day = 1; day <= lengths[month - 1]; ++day, seconds += 86400) {
        char text[32];
        std::snprintf(text, sizeof text, "%04d-%02d-%02d", year, month, day);
        ASSERT_EQ(*parse_timestamp(text), seconds) << text;
        std::snprintf(text, sizeof text, "%04d-%03d", year, ++ordinal);
        ASSERT_EQ(*parse_timestamp(text), seconds) << text;
        std::snprintf(text, sizeof text, "%04d%02d%02dT235959", year, month, day);
        ASSERT_EQ(*parse_timestamp(text), seconds + 86399) << text;
      }
    }
  }
}

TEST(Timestamp, FormatsUtc) {
  using namespace std::chrono;
  const system_clock::time_point time{duration_cast<system_clock::duration>(microseconds(1611223200'123456))};
  EXPECT_EQ(format_timestamp_utc(time), "2021-01-21T10:00:00.123456Z");
  EXPECT_EQ(format_timestamp_utc(system_clock::time_point{} - seconds(1)), "1969-12-31T23:59:59.000000Z");
  EXPECT_EQ(*parse_timestamp(format_timestamp_utc(time)), 1611223200);
}

}  // namespace
}  // namespace rappel
