// Places of words, against the texts that they stand in and against WordCutter::count.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "base/utf8.h"
#include "text/random_text.h"
#include "text/words/word_origins.h"
#include "text/words/word_text.h"
#include "text/words/words.h"

namespace rappel {
namespace {

using L = WordLanguage;

// The characters [begin, end).
std::string part_of(const std::string& text, std::size_t begin, std::size_t end) {
  std::string out;
  std::size_t index = 0;
  for (std::size_t at = 0, length; at < text.size(); at += length, ++index) {
    length = utf8_length(text[at]);
    if (begin <= index && index < end) out += text.substr(at, length);
  }
  return out;
}

// Where `text` has the words of `query`, each place once.
std::vector<std::string> found(const std::string& query, const std::string& text, L language = L::kEnglish) {
  WordCutter cutter;
  const L languages[] = {language};
  const auto wanted = cutter.query(query, languages);
  std::vector<std::string> parts;
  for (const WordSpan& span : cutter.spans(text, language))
    if (std::binary_search(wanted.begin(), wanted.end(), span.form))
      parts.push_back(part_of(text, span.begin, span.end));
  return parts;
}

using Parts = std::vector<std::string>;

TEST(WordSpans, InflectedFormsStandWhereTheyAreWritten) {
  EXPECT_EQ(found("pump", "Two pumps, a pump and pumping."), (Parts{"pumps", "pump", "pumping"}));
  EXPECT_EQ(found("donnees", "Les données", L::kFrench), (Parts{"données"}));
}

TEST(WordSpans, CompoundsHavePartsAndWhole) {
  EXPECT_EQ(found("ERR4012", "see (ERR-4012)."), (Parts{"ERR", "4012", "ERR-4012"}));
  EXPECT_EQ(found("name", "call getName now"), (Parts{"Name"}));
  EXPECT_EQ(found("c++", "in C++, not C"), (Parts{"C", "C++", "C"}));
}

TEST(WordSpans, IdeographsArePairs) {
  EXPECT_EQ(found("\u6771\u4eac", "\u5728\u6771\u4eac\u5854"), (Parts{"\u6771\u4eac"}));
  EXPECT_EQ(found("\u6771", "\u5728\u6771\u4eac"), (Parts{"\u6771"}));
}

TEST(WordSpans, ThaiWordsStandWhereTheyAreWritten) {
  EXPECT_EQ(found("\u0E19\u0E49\u0E33", "\u0E14\u0E37\u0E48\u0E21\u0E19\u0E49\u0E33", L::kOther),
            (Parts{"\u0E19\u0E49\u0E33"}));
}

TEST(WordSpans, PlacesCountCharactersOfTheOriginal) {
  // Full-width letters, a ligature, a soft hyphen within the word, an accent of its own.
  EXPECT_EQ(found("office", "an o\uFB03ce"), (Parts{"o\uFB03ce"}));
  EXPECT_EQ(found("abc", "\uFF21\uFF22\uFF23 \u00e9"), (Parts{"\uFF21\uFF22\uFF23"}));
  EXPECT_EQ(found("coffee", "\u00e9 cof\u00ADfee"), (Parts{"cof\u00ADfee"}));
  EXPECT_EQ(found("cafe", "un cafe\u0301 noir"), (Parts{"cafe\u0301"}));
}

TEST(WordSpans, RandomTextsHaveTheWordsThatCountCounts) {
  std::mt19937 random(7);
  WordCutter cutter;
  WordOrigins origins;
  WordText prepared;
  for (int round = 0; round < 3000; ++round) {
    const std::string text = random_text(random);
    ASSERT_TRUE(utf8_valid(text));
    ASSERT_EQ(origins.prepare(text), prepared.prepare(text)) << text;
    const std::size_t length = utf8_count(text);
    std::map<std::uint64_t, std::uint32_t> counts;
    for (const WordSpan& span : cutter.spans(text, L::kEnglish)) {
      ASSERT_LT(span.begin, span.end) << text;
      ASSERT_LE(span.end, length) << text;
      ++counts[span.form];
    }
    ChunkWords counted;
    cutter.count(text, L::kEnglish, counted);
    ASSERT_EQ(counts.size(), counted.words.size()) << text;
    for (const WordCount& word : counted.words) ASSERT_EQ(counts[word.word], word.count) << text;
  }
}

}  // namespace
}  // namespace rappel
