// WordScanner against ICU's word boundaries (naive_words.h), and ASCII against text that is normalized.
#include <gtest/gtest.h>

#include <algorithm>
#include <iterator>
#include <random>
#include <string>
#include <vector>

#include "text/words/naive_words.h"
#include "text/words/word_hash.h"
#include "text/words/word_scanner.h"
#include "text/words/word_text.h"
#include "text/words/words.h"

namespace rappel {
namespace {

class SpellingSink : public WordSink {
 public:
  void word(std::string_view word) override { spellings.emplace_back(word); }
  void whole(std::string_view word) override { spellings.emplace_back(word); }
  void ideograph(std::string_view character, bool) override { spellings.emplace_back(character); }
  void pair(std::string_view characters) override { spellings.emplace_back(characters); }

  std::vector<std::string> spellings;
};

std::vector<std::string> sorted(std::vector<std::string> words) {
  std::sort(words.begin(), words.end());
  return words;
}

template <std::size_t N>
std::string random_join(std::mt19937& random, const char* const (&parts)[N], std::size_t most) {
  std::string text;
  for (std::size_t n = random() % most; n > 0; --n) text += parts[random() % N];
  return text;
}

void expect_equal_to_naive(const std::string& text) {
  static WordScanner scanner;
  WordText prepared;
  SpellingSink sink;
  const std::string ready(prepared.prepare(text));
  scanner.scan(ready, sink);
  EXPECT_EQ(sorted(sink.spellings), sorted(naive_spellings(ready))) << text;
}

constexpr const char* kAscii[] = {
    "the",         "Get",    "NAME",     "getUserName", "HTTPServer", "a",    "B",       "x",    "C++",
    "C#",          "v1.2.3", "1,000.50", "42",          "7",          "http", "example", "com",  "mg",
    "err",         " ",      " ",        "  ",          "\n",         "\t",   "-",       "_",    ".",
    "/",           "@",      ":",        "://",         "--",         "+",    "#",       "++",   "'",
    "\"",          ",",      ";",        "(",           ")",          "=",    "{",       "}",    "?",
    "!",           "&",      "*",        "user",        "..",         "$",    "%",       "[",    "\\",
    "\r\n",        "e.g",    "U.S",      "v",           "V2",         "IDs",  "0x1F",    "it's", "l'eau",
    "std::vector", "a+b",    "~",        "`",           "^",          "|",    "<",       ">",    "ISO9001"};

TEST(WordsTwin, AsciiPiecesAreCutAtIcusBoundaries) {
  std::mt19937 random(1);
  for (int i = 0; i < 3000 && !HasFailure(); ++i) expect_equal_to_naive(random_join(random, kAscii, 24));
}

TEST(WordsTwin, AsciiCharactersAreCutAtIcusBoundaries) {
  std::mt19937 random(2);
  for (int i = 0; i < 3000 && !HasFailure(); ++i) {
    std::string text;
    const std::size_t length = random() % 60;
    const bool dense = random() % 2 == 0;
    const std::string few = "aB1.-,'_ +#";
    while (text.size() < length)
      text += dense ? few[random() % few.size()] : static_cast<char>(random() % 0x80);
    expect_equal_to_naive(text);
  }
}

TEST(WordsTwin, UnicodePiecesAreCutAtIcusBoundaries) {
  constexpr const char* kParts[] = {"the",
                                    "\u00e9t\u00e9",
                                    "\u00c9cole",
                                    "e\u0301",
                                    "\u0301",
                                    " ",
                                    " ",
                                    " ",
                                    "-",
                                    "_",
                                    ".",
                                    "\u2019",
                                    "'",
                                    ":",
                                    "12",
                                    "3",
                                    ",",
                                    "\u00ad",
                                    "\u200d",
                                    "\u200b",
                                    "\u041c\u043e\u0441\u043a\u0432\u0430",
                                    "\u0443\u0301",
                                    "\u03a0\u03cc\u03bb\u03b7",
                                    "\u0643\u062a\u0627\u0628",
                                    "\u064e",
                                    "\u05e6\u05d4",
                                    "\"",
                                    "\u05f4",
                                    "\u05dc",
                                    "\u0939\u093f\u0928\u094d\u0926\u0940",
                                    "\u6f22\u5b57",
                                    "\u3072\u3089",
                                    "\u30ab\u30bf",
                                    "\u30fc",
                                    "\uff76\uff9e",
                                    "\ud55c\uad6d\uc5b4",
                                    "\uff21\uff22",
                                    "\uff11",
                                    "\u3000",
                                    "\u0e20\u0e32\u0e29\u0e32\u0e44\u0e17\u0e22",
                                    "\u0e19\u0e49\u0e33",
                                    "\U0001F600",
                                    "\U00020000",
                                    "\ufb01",
                                    "\u00b7",
                                    "l",
                                    "\u2014",
                                    "\u00ab",
                                    "iPhone",
                                    "GPhC",
                                    "\u2010",
                                    "\u20ac",
                                    "\u014b",
                                    "\u1ec7",
                                    "\u0130",
                                    "C++",
                                    "v2.1"};
  std::mt19937 random(3);
  for (int i = 0; i < 3000 && !HasFailure(); ++i) expect_equal_to_naive(random_join(random, kParts, 20));
}

TEST(WordsTwin, AsciiNeedsNoNormalization) {
  std::mt19937 random(4);
  WordCutter cutter;
  ChunkWords plain, normalized;
  const std::vector<std::string> last = cutter.list("\u20ac \u00e9", WordLanguage::kEnglish);
  for (int i = 0; i < 2000 && !HasFailure(); ++i) {
    const std::string text = random_join(random, kAscii, 30);
    std::vector<std::string> expected = cutter.list(text, WordLanguage::kEnglish);
    expected.insert(expected.end(), last.begin(), last.end());
    EXPECT_EQ(cutter.list(text + " \u20ac \u00e9", WordLanguage::kEnglish), expected) << text;
  }
}

// `count` is quick because it remembers stems, `list` is not.
TEST(WordsTwin, CountsAreThoseOfTheList) {
  std::mt19937 random(5);
  WordCutter cutter;
  ChunkWords words;
  for (int i = 0; i < 1000 && !HasFailure(); ++i) {
    const auto language = static_cast<WordLanguage>(random() % kWordLanguages);
    const std::string text =
        random_join(random, kAscii, 30) + (i % 2 == 0 ? " donn\u00e9es \u6f22\u5b57" : "");
    std::vector<WordCount> expected;
    for (const std::string& word : sorted(cutter.list(text, language)))
      expected.push_back({word_hash(word), 1});
    std::sort(expected.begin(), expected.end(), [](auto a, auto b) { return a.word < b.word; });
    std::vector<WordCount> merged;
    for (const WordCount& one : expected)
      if (!merged.empty() && merged.back().word == one.word)
        ++merged.back().count;
      else
        merged.push_back(one);
    cutter.count(text, language, words);
    EXPECT_EQ(words.words, merged) << text;
  }
}

}  // namespace
}  // namespace rappel
