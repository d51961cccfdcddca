// Broken and hostile texts. Work that is not linear in their bytes does not end here before the timeout.
#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

#include "base/utf8.h"
#include "text/random_text.h"
#include "text/words/words.h"

namespace rappel {
namespace {

constexpr std::size_t kMany = 1 << 20;

ChunkWords count(const std::string& text, WordLanguage language = WordLanguage::kEnglish) {
  static WordCutter cutter;
  ChunkWords words;
  cutter.count(text, language, words);
  return words;
}

std::string repeated(const std::string& part) {
  std::string text;
  while (text.size() < kMany) text += part;
  return text;
}

TEST(WordsHostile, InvalidUtf8SeparatesWords) {
  WordCutter cutter;
  const std::vector<std::string> expected = {"ab", "cd"};
  for (const char* gap :
       {"\xff", "\xc3", "\xe2\x82", "\xed\xa0\x80", "\xc0\xaf", "\xf4\x90\x80\x80", "\x80\x80"})
    EXPECT_EQ(cutter.list(std::string("ab") + gap + "cd", WordLanguage::kEnglish), expected);
  EXPECT_EQ(cutter.list(std::string("ab\0cd", 5), WordLanguage::kEnglish), expected);
  EXPECT_EQ(cutter.list(std::string("\0\xff\0", 3), WordLanguage::kEnglish), std::vector<std::string>());
}

TEST(WordsHostile, RandomBytesAreCut) {
  std::mt19937 random(7);
  for (int i = 0; i < 300; ++i) {
    std::string bytes(random() % 2000, '\0');
    for (char& byte : bytes) byte = static_cast<char>(random());
    const auto language = static_cast<WordLanguage>(random() % kWordLanguages);
    EXPECT_LE(count(bytes, language).words.size(), 3 * bytes.size());
    count(random_text(random, 400), language);
    detect_language(bytes);
  }
}

TEST(WordsHostile, FormsAreValidAndShort) {
  std::mt19937 random(8);
  WordCutter cutter;
  for (int i = 0; i < 500; ++i) {
    const auto language = static_cast<WordLanguage>(random() % kWordLanguages);
    for (const std::string& word : cutter.list(random_text(random, 100), language)) {
      EXPECT_TRUE(utf8_valid(word));
      EXPECT_FALSE(word.empty());
      EXPECT_LE(word.size(), 256u);
    }
  }
}

TEST(WordsHostile, LongRunsAreLinear) {
  EXPECT_EQ(count(repeated("a")).length, 1u);
  EXPECT_EQ(count(repeated("1")).length, 1u);
  EXPECT_EQ(count(repeated("1.")).length, 1u);
  EXPECT_EQ(count(repeated("aB")).words.size(), 4u);  // "a", "ba", "b" and the whole
  EXPECT_EQ(count(repeated("a-")).words.size(), 2u);  // "a" and the whole
  EXPECT_EQ(count(repeated("Ab1.")).words.size(), 4u);
  EXPECT_EQ(count(repeated("- ")).length, 0u);
  EXPECT_EQ(count(repeated("\u6f22")).words.size(), 2u);
  EXPECT_GT(count(repeated("\u0e20\u0e32\u0e29\u0e32\u0e44\u0e17\u0e22")).length, 1000u);
  EXPECT_GT(count(repeated("\u0e01")).length, 0u);
  EXPECT_EQ(count(repeated("\u1f88"), WordLanguage::kGreek).length, 1u);
  EXPECT_EQ(count(repeated("\ufdfa"), WordLanguage::kArabic).words.size(),
            5u);  // four words, the last and first joined
}

// ICU sorts marks within a run by insertion, which takes the square of their number.
TEST(WordsHostile, FloodsOfMarksAreLinear) {
  EXPECT_EQ(count("a" + repeated("\u0301\u0316") + "b").length, 1u);
  EXPECT_EQ(count("a" + repeated("\u0301\u200d\u0316") + "b").length, 1u);
  EXPECT_EQ(count(repeated("\u0315\u0300\u05ae\U0001D165")).length, 0u);
  EXPECT_EQ(count("\u304b" + repeated("\u3099\u0316")).length, 1u);
  EXPECT_EQ(count(repeated("\u0f71\u0f72\u0f74")).length, 0u);
  EXPECT_EQ(count(repeated("\u200d\u00ad\ufe0f")).length, 0u);
}

}  // namespace
}  // namespace rappel
