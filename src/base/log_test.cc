#include "base/log.h"

#include <gtest/gtest.h>

#include "base/timestamp.h"

namespace rappel {
namespace {

const auto kTime =
    std::chrono::system_clock::time_point(std::chrono::seconds(*parse_timestamp("2026-12-01T10:00:00Z"))) +
    std::chrono::milliseconds(7);

std::string json(std::string_view message, std::initializer_list<LogField> fields = {}) {
  return json_log_line(kTime, LogLevel::kWarn, message, LogFields(fields.begin(), fields.size()));
}

TEST(LogLine, JsonHasTimeLevelMessageAndFields) {
  EXPECT_EQ(json("ready"), R"({"time":"2026-12-01T10:00:00.007Z","level":"warning","message":"ready"})");
  EXPECT_EQ(
      json("GET /", {{"status", 200}, {"token", std::string_view("reader")}}),
      R"({"time":"2026-12-01T10:00:00.007Z","level":"warning","message":"GET /","status":200,"token":"reader"})");
}

TEST(LogLine, JsonStaysOneValidLine) {
  EXPECT_EQ(json("a\"b\\c\nd\te"),
            R"({"time":"2026-12-01T10:00:00.007Z","level":"warning","message":"a\"b\\c\nd\te"})");
  // Escape sequences of terminals, bytes that are not UTF-8, and text that runs backwards.
  EXPECT_EQ(
      json("\x1b[31m \xff \xe2\x80\xae", {{"token", std::string_view("x\x7f\ny")}}),
      R"({"time":"2026-12-01T10:00:00.007Z","level":"warning","message":"\\x1b[31m \\xff \\u{202e}","token":"x\\x7f\ny"})");
}

TEST(LogLine, TextQuotesWhatWouldBeAmbiguous) {
  const auto text = [](std::initializer_list<LogField> fields) {
    return text_log_message("done\n", LogFields(fields.begin(), fields.size()));
  };
  EXPECT_EQ(text({}), "done\\n");
  EXPECT_EQ(
      text({{"ms", 12}, {"token", std::string_view("reader")}, {"note", std::string_view("a b=\"c\"")}}),
      R"(done\n ms=12 token=reader note="a b=\"c\"")");
}

TEST(LogLine, EventsObeyTheLevel) {
  std::string lines;
  const auto logger = Logger::to_string(&lines, LogLevel::kInfo);
  logger->event(LogLevel::kDebug, "not this", {{"ms", 1}});
  logger->event(LogLevel::kInfo, "this", {{"ms", 2}});
  EXPECT_EQ(lines, "this ms=2\n");
}

}  // namespace
}  // namespace rappel
