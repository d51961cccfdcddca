#include "base/utf8.h"

#include <gtest/gtest.h>

namespace rappel {
namespace {

// The fast paths of utf8_valid() against the careful one.
TEST(Utf8, ValidIsAsItsSequences) {
  for (unsigned lead = 0x80; lead <= 0xFF; ++lead)
    for (unsigned second = 0; second <= 0xFF; ++second)
      for (const unsigned third : {0x20u, 0x7Fu, 0x80u, 0x9Fu, 0xA0u, 0xBFu, 0xC0u}) {
        const std::string text = {'a', static_cast<char>(lead), static_cast<char>(second),
                                  static_cast<char>(third)};
        std::size_t at = 1;
        for (std::size_t length = 1; length > 0 && at < text.size(); at += length)
          length = utf8_sequence(text, at);
        EXPECT_EQ(utf8_valid_prefix(text), at) << lead << ' ' << second << ' ' << third;
      }
}

TEST(Utf8, EveryCharacterRoundTrips) {
  for (char32_t c = 0; c < 0x110000; ++c) {
    if (c >= 0xD800 && c < 0xE000) continue;
    std::string text;
    utf8_append(text, c);
    ASSERT_EQ(utf8_valid_prefix(text), text.size());
    std::size_t length;
    ASSERT_EQ(utf8_decode(text, 0, length), c);
    ASSERT_EQ(length, text.size());
  }
}

// Results of Python's bytes.decode(errors="replace"); # stands for U+FFFD.
TEST(Utf8, RepairMatchesPythonErrorsReplace) {
  const struct {
    const char *bytes, *expected;
  } kCases[] = {{"abc", "abc"},
                {"a\xff\x62", "a#b"},
                {"\xc3", "#"},
                {"\xc3\xa9", "\xc3\xa9"},
                {"\xc0\xaf", "##"},
                {"\xe2\x82", "#"},
                {"\xe2\x82z", "#z"},
                {"\xe0\x80\xaf", "###"},
                {"\xed\xa0\x80", "###"},
                {"\xf0\x9f\x98", "#"},
                {"\xf0\x9f\x98\x80\x80", "\xf0\x9f\x98\x80#"},
                {"\xf4\x90\x80\x80", "####"},
                {"\xf5\x80", "##"},
                {"\xf1\x80\x80\xc3\xa9", "#\xc3\xa9"},
                {"long ascii before \xfe and long ascii after", "long ascii before # and long ascii after"}};
  for (const auto& c : kCases) {
    std::string expected;
    for (const char* p = c.expected; *p != '\0'; ++p) *p == '#' ? expected += "\xEF\xBF\xBD" : expected += *p;
    const RepairedText repaired = utf8_repair(c.bytes);
    EXPECT_EQ(repaired.text, expected) << c.expected;
    EXPECT_EQ(repaired.origin.size(), repaired.text.size() + 1);
    EXPECT_EQ(repaired.origin.back(), std::string_view(c.bytes).size());
    EXPECT_EQ(utf8_valid_prefix(c.bytes) == std::string_view(c.bytes).size(), expected == c.bytes);
  }
}

TEST(Utf8, RepairMapsBytesToTheirOrigin) {
  const RepairedText repaired = utf8_repair("a\xff\xe2\x82z");
  ASSERT_EQ(repaired.text, "a\xEF\xBF\xBD\xEF\xBF\xBDz");
  EXPECT_EQ(repaired.origin[0], 0u);
  EXPECT_EQ(repaired.origin[1], 1u);
  EXPECT_EQ(repaired.origin[4], 2u);
  EXPECT_EQ(repaired.origin[7], 4u);
  EXPECT_EQ(repaired.origin[8], 5u);
}

}  // namespace
}  // namespace rappel
