#include "base/escape_controls.h"

#include <gtest/gtest.h>

#include "base/log.h"

namespace rappel {
namespace {

TEST(EscapeControls, TextStays) {
  for (const char* text : {"", "plain", "Grüße, 漢字 \xF0\x9F\x98\x80", "quote \" and backslash \\"})
    EXPECT_EQ(escape_controls(text), text);
}

TEST(EscapeControls, ControlsAndHiddenCharactersAreEscaped) {
  EXPECT_EQ(escape_controls("a\nb\r\tc"), "a\\nb\\r\\tc");
  EXPECT_EQ(escape_controls("\x1b[31mred\x7f"), "\\x1b[31mred\\x7f");
  EXPECT_EQ(escape_controls(std::string_view("\0", 1)), "\\x00");
  EXPECT_EQ(escape_controls("\xC2\x9B"
                            "2J"),
            "\\u{9b}2J")
      << "CSI in one character";
  EXPECT_EQ(escape_controls("a\xE2\x80\xAE"
                            "b"),
            "a\\u{202e}b")
      << "right-to-left override";
  EXPECT_EQ(escape_controls("\xE2\x80\xA8"), "\\u{2028}");
  EXPECT_EQ(escape_controls("caf\xE9"), "caf\\xe9") << "not UTF-8";
}

TEST(EscapeControls, KeepsWhatItIsTold) { EXPECT_EQ(escape_controls("a\nb\tc", "\n"), "a\nb\\tc"); }

TEST(EscapeControls, LogLinesAreEscaped) {
  std::string lines;
  const auto logger = Logger::to_string(&lines);
  logger->info("GET {}: no", "/a\n2026-01-01T00:00:00.000Z error  forged\x1b[2J");
  EXPECT_EQ(lines, "GET /a\\n2026-01-01T00:00:00.000Z error  forged\\x1b[2J: no\n");
}

}  // namespace
}  // namespace rappel
