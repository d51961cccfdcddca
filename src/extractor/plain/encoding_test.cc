#include "extractor/plain/encoding.h"

#include <gtest/gtest.h>

#include <string>

namespace rappel::extractor {
namespace {

using namespace std::string_literals;

void expect(const std::string& bytes, const std::string& text, const std::string& encoding,
            std::string_view declared = {}) {
  const DecodedText decoded = decode_text(bytes, declared);
  EXPECT_EQ(decoded.text, text);
  EXPECT_EQ(decoded.encoding, encoding);
}

TEST(Encoding, ByteOrderMarksDecide) {
  expect("\xEF\xBB\xBFh\xC3\xA9", "h\xC3\xA9", "utf-8");
  expect("\xFF\xFEh\0\xE9\0"s, "h\xC3\xA9", "utf-16le");
  expect("\xFE\xFF\0h\0\xE9"s, "h\xC3\xA9", "utf-16be");
  expect("\xFF\xFE\0\0h\0\0\0"s, "h", "utf-32le");
}

TEST(Encoding, NulBytesShowWideCharacters) {
  expect("h\0e\0l\0l\0o\0 \0w\0"s, "hello w", "utf-16le");
  expect("\0h\0e\0l\0l\0o\0 \0w"s, "hello w", "utf-16be");
  expect("h\0\0\0e\0\0\0"s, "he", "utf-32le");
  std::string thai, one_and_two;
  for (int i = 0; i < 30; ++i) thai += "\x01\x0E\x32\x0E \0"s;
  for (int i = 0; i < 30; ++i) one_and_two += "\x4E\0\x4E\x8C\0\n"s;
  EXPECT_EQ(decode_text(thai).encoding, "utf-16le");
  EXPECT_EQ(decode_text(one_and_two).encoding, "utf-16be");
  const DecodedText decoded = decode_text("some text with one\0 NUL"s);
  EXPECT_EQ(decoded.text, "some text with one NUL");
  EXPECT_EQ(decoded.nul, 1u);
}

TEST(Encoding, ValidUtf8WinsOverTheDeclaredCharset) {
  expect("caf\xC3\xA9", "caf\xC3\xA9", "utf-8", "iso-8859-1");
  expect(std::string(100'000, 'a') + "\xC3\xA9", std::string(100'000, 'a') + "\xC3\xA9", "utf-8");
}

TEST(Encoding, DeclaredCharsetsAreReadAsBrowsersDo) {
  expect("caf\xE9 \x80", "caf\xC3\xA9 \xE2\x82\xAC", "windows-1252", "ISO-8859-1");
  expect("\xD6\xD0\xCE\xC4", "\xE4\xB8\xAD\xE6\x96\x87", "gb18030", "gb2312");
  expect("\x1B$B%F%9%H\x1B(B", "\xE3\x83\x86\xE3\x82\xB9\xE3\x83\x88", "iso-2022-jp-2");
}

TEST(Encoding, UnknownCharsetsAreGuessed) {
  const std::string russian =
      "\xCF\xF0\xE8\xE2\xE5\xF2, \xEC\xE8\xF0! \xDD\xF2\xEE \xEE\xE1\xFB\xF7\xED\xFB\xE9 "
      "\xF2\xE5\xEA\xF1\xF2 "
      "\xED\xE0 \xF0\xF3\xF1\xF1\xEA\xEE\xEC \xFF\xE7\xFB\xEA\xE5.";
  EXPECT_EQ(decode_text(russian).encoding, "windows-1251");
  EXPECT_EQ(decode_text(russian, "no-such-charset").encoding, "windows-1251");
}

TEST(Encoding, DamagedUtf8StaysUtf8) {
  std::string text;
  for (int i = 0; i < 30; ++i) text += "h\xC3\xA9 ";
  const DecodedText decoded = decode_text(text + '\xFF');
  EXPECT_EQ(decoded.encoding, "utf-8");
  EXPECT_EQ(decoded.bad, 1u);
}

TEST(Encoding, LineEndsAreNormal) { expect("a\r\nb\rc\nd\r", "a\nb\nc\nd\n", "utf-8"); }

}  // namespace
}  // namespace rappel::extractor
