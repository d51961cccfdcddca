#include "text/words/words.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "text/words/word_hash.h"

namespace rappel {
namespace {

using Words = std::vector<std::string>;
using L = WordLanguage;

Words words(const std::string& text, L language = L::kOther) {
  static WordCutter cutter;
  return cutter.list(text, language);
}

// Whether a search for `query` finds a chunk that holds `chunk`, in a store of one language.
bool finds(const std::string& query, const std::string& chunk, L language) {
  WordCutter cutter;
  ChunkWords counted;
  cutter.count(chunk, language, counted);
  const L languages[] = {language};
  for (const std::uint64_t word : cutter.query(query, languages))
    for (const WordCount& one : counted.words)
      if (one.word == word) return true;
  return false;
}

// The hashes of `texts`.
std::vector<std::uint64_t> hashes_of(const Words& texts) {
  std::vector<std::uint64_t> hashes;
  for (const std::string& text : texts) hashes.push_back(word_hash(text));
  return hashes;
}

TEST(Words, WrittenIsTheSequenceOfWords) {
  WordCutter cutter;
  const auto written = [&](std::string_view text) { return cutter.written(text); };
  EXPECT_EQ(written("The Pumps, running"), hashes_of({"the", "pumps", "running"}));
  EXPECT_EQ(written("ERR-4012 err4012 Err 4012"), hashes_of({"err", "4012", "err", "4012", "err", "4012"}));
  EXPECT_EQ(written("C++ C# c C/C++ vitamin c."), hashes_of({"c++", "c#", "c", "c", "c++", "vitamin", "c"}));
  EXPECT_EQ(written("Donn\xC3\xA9"
                    "es \xC5\x93uf"),
            hashes_of({"donnees", "oeuf"}));
  EXPECT_EQ(written("\xE6\xB0\xB4\xE7\x8D\xADx"), hashes_of({"\xE6\xB0\xB4", "\xE7\x8D\xAD", "x"}));
  EXPECT_EQ(written(" -- "), hashes_of({}));
}

// A chunk with a phrase has a form of each of its words, in whatever language it was cut.
TEST(Words, ChunksHaveAFormOfEachWordThatIsWrittenAlike) {
  const std::string texts[] = {
      "Donn\xC3\xA9"
      "es running ERR-4012 C++ \xC5\x93uf",
      "donnees RUNNING err4012 c++ oeuf", "\xD0\x91\xD1\x91\xD0\xB3 \xD0\xB1\xD0\xB5\xD0\xB3",
      "\xE6\xB0\xB4\xE7\x8D\xAD\xE6\xB2\xB3", "caf\xC3\xA9s cafes"};
  WordCutter cutter;
  std::vector<L> languages;
  for (std::size_t i = 0; i < kWordLanguages; ++i) languages.push_back(static_cast<L>(i));
  std::size_t alike = 0;
  for (const std::string& text : texts)
    for (const std::string& query : texts)
      for (const L language : languages) {
        ChunkWords chunk;
        cutter.count(text, language, chunk);
        const std::vector<std::uint64_t> written = cutter.written(text);
        for (const PhraseWord& word : cutter.phrase(query, languages)) {
          if (std::find(written.begin(), written.end(), word.written) == written.end()) continue;
          ++alike;
          EXPECT_TRUE(std::any_of(chunk.words.begin(), chunk.words.end(),
                                  [&](const WordCount& one) {
                                    return std::binary_search(word.forms.begin(), word.forms.end(), one.word);
                                  }))
              << text << " / " << query;
        }
      }
  EXPECT_GT(alike, 500u);
}

TEST(Words, QueryWordsAreTheQueryWordByWord) {
  WordCutter cutter;
  const WordLanguage languages[] = {WordLanguage::kEnglish, WordLanguage::kFrench};
  const std::string text =
      "Running ERR-4012 donn\xC3\xA9"
      "es \xE6\xB0\xB4\xE7\x8D\xAD\xE6\xB2\xB3 \xE6\xB0\xB4 running";
  std::vector<std::uint64_t> hashes;
  const std::vector<QueryWord> words = cutter.query_words(text, languages);
  ASSERT_EQ(words.size(), 9u) << "running, err, 4012, err4012, donnees, two pairs, an ideograph, running";
  for (const QueryWord& word : words) {
    ASSERT_EQ(word.forms.size(), 2u);
    for (const FormHashes& forms : word.forms)
      for (const std::uint64_t form : {forms.form, forms.unmarked})
        if (form != 0) hashes.push_back(form);
  }
  EXPECT_EQ(words[0].forms[0].form, word_hash("run"));
  EXPECT_EQ(words[0].forms[1].form, word_hash("running"));
  EXPECT_EQ(words[4].forms[1].form, word_hash("don"));
  EXPECT_EQ(words[4].forms[1].unmarked, word_hash("donne"));
  EXPECT_EQ(words[7].forms[1].form, word_hash("\xE6\xB0\xB4"));
  std::sort(hashes.begin(), hashes.end());
  hashes.erase(std::unique(hashes.begin(), hashes.end()), hashes.end());
  EXPECT_EQ(hashes, cutter.query(text, languages));
}

TEST(Words, FoldsCaseWidthAndCompatibilityForms) {
  EXPECT_EQ(words("Stra\u00dfe STRASSE"), (Words{"strass", "strass"}));
  EXPECT_EQ(words("\uff21\uff22\uff23 \ufb01x \u24d0"), (Words{"abc", "fix", "a"}));
  EXPECT_EQ(words("co\u00adope\u200drate"), words("cooperate"));
}

TEST(Words, MarksFallFromFiveScriptsOnly) {
  EXPECT_EQ(words("\u00e9t\u00e9 e\u0301te\u0301 \u0152uvre sm\u00f8rrebr\u00f8d"),
            (Words{"ete", "ete", "oeuvr", "smorrebrod"}));
  EXPECT_EQ(words("\u03c0\u03cc\u03bb\u03b7"), words("\u03c0\u03bf\u03bb\u03b7"));
  EXPECT_EQ(words("\u0451\u043b\u043a\u0430"), words("\u0435\u043b\u043a\u0430"));
  EXPECT_EQ(words("\u0643\u0650\u062a\u064e\u0627\u0628"), words("\u0643\u062a\u0627\u0628"));
  EXPECT_EQ(words("\u0643\u0640\u0640\u062a\u0627\u0628"), words("\u0643\u062a\u0627\u0628"));  // tatweel
  EXPECT_EQ(words("\u05e9\u05c1\u05b8\u05dc\u05d5\u05b9\u05dd"), (Words{"\u05e9\u05dc\u05d5\u05dd"}));
  EXPECT_NE(words("\u304c"), words("\u304b"));        // ga, ka
  EXPECT_NE(words("\u0c15\u0c40"), words("\u0c15"));  // ki, ka
}

TEST(Words, IdeographsBecomePairsAndSingles) {
  EXPECT_EQ(words("\u6771\u4eac\u90fd"),
            (Words{"\u6771", "\u6771\u4eac", "\u4eac", "\u4eac\u90fd", "\u90fd"}));
  EXPECT_EQ(words("\uff76\uff9e\uff97\uff7d"), words("\u30ac\u30e9\u30b9"));  // half width
  EXPECT_EQ(words("\U00020bb7\u91ce"), (Words{"\U00020bb7", "\U00020bb7\u91ce", "\u91ce"}));
  EXPECT_EQ(words("\U0002EBF0\U0002EBF1").size(), 3u);  // extension I, younger than ICU 72
  EXPECT_EQ(words("LG\uc804\uc790"), (Words{"lg", "\uc804", "\uc804\uc790", "\uc790"}));
  EXPECT_EQ(words("\u7b2c3\u7ae0"), (Words{"\u7b2c", "3", "\u7ae0"}));
  EXPECT_EQ(words("\u845b\U000E0100\u57ce"), words("\u845b\u57ce"));  // a variation selector
}

TEST(Words, QueriesAskForSingleIdeographsOnlyAlone) {
  WordCutter cutter;
  EXPECT_EQ(cutter.query("\u6771\u4eac", {}), (std::vector<std::uint64_t>{word_hash("\u6771\u4eac")}));
  EXPECT_EQ(cutter.query("\u6771", {}), (std::vector<std::uint64_t>{word_hash("\u6771")}));
  EXPECT_TRUE(finds("\u4eac", "\u6771\u4eac\u90fd", L::kOther));
  EXPECT_FALSE(finds("\u4eac\u6771", "\u6771\u4eac\u90fd", L::kOther));
}

TEST(Words, DictionariesCutThaiLaoKhmerAndBurmese) {
  EXPECT_EQ(words("\u0e20\u0e32\u0e29\u0e32\u0e44\u0e17\u0e22"),
            (Words{"\u0e20\u0e32\u0e29\u0e32", "\u0e44\u0e17\u0e22"}));
  // NFKC takes the AM of "water" apart; its dictionary does not know it like that.
  EXPECT_EQ(words("\u0e19\u0e49\u0e33\u0e23\u0e49\u0e2d\u0e19").size(), 2u);
  EXPECT_EQ(words("\u0e9e\u0eb2\u0eaa\u0eb2\u0ea5\u0eb2\u0ea7"),
            (Words{"\u0e9e\u0eb2\u0eaa\u0eb2", "\u0ea5\u0eb2\u0ea7"}));
  EXPECT_EQ(
      words(
          "\u1781\u17d2\u1789\u17bb\u17c6\u179f\u17d2\u179a\u179b\u17b6\u1789\u17cb\u17a2\u17d2\u1793\u1780")
          .size(),
      3u);
  EXPECT_EQ(words("\u1014\u1031\u1000\u1031\u102c\u1004\u103a\u1038\u101c\u102c\u1038").size(), 3u);
}

TEST(Words, CompoundsAreInPartsAndWhole) {
  EXPECT_EQ(words("ERR-4012"), (Words{"err", "4012", "err4012"}));
  EXPECT_EQ(words("getUserName"), (Words{"get", "user", "name", "getusernam"}));
  EXPECT_EQ(words("parseHTTPHeader"), (Words{"pars", "http", "header", "parsehttphead"}));
  EXPECT_EQ(words("IDs PDFs"), (Words{"id", "pdfs"}));
  EXPECT_EQ(words("COVID19"), (Words{"covid", "19", "covid19"}));
  EXPECT_EQ(words("400mg"), (Words{"400", "mg", "400mg"}));
  EXPECT_EQ(words("jo.doe@example.com"), (Words{"jo", "doe", "exampl", "com", "jodoeexamplecom"}));
  EXPECT_EQ(words("src/text/getName.cc"),
            (Words{"src", "text", "get", "name", "getnam", "cc", "srctextgetnamecc"}));
  EXPECT_EQ(words("a--b, c - d"), (Words{"a", "b", "c", "d"}));
  EXPECT_EQ(words("U.S."), (Words{"u", "s", "us"}));
}

TEST(Words, NumbersAndVersionsAreWhole) {
  EXPECT_EQ(words("1,000.50 v1.2.3 3.14"), (Words{"1,000.50", "v1.2.3", "3.14"}));
  EXPECT_EQ(words("In 1999. Then 5, 6."), (Words{"in", "1999", "then", "5", "6"}));
  EXPECT_EQ(words("2026-11-30"), (Words{"2026", "11", "30", "20261130"}));
  EXPECT_EQ(words("\u0661\u0662\u0663"), (Words{"123"}));
}

TEST(Words, ApostrophesSeparate) {
  EXPECT_EQ(words("l'\u00e9cole", L::kFrench), (Words{"l", "ecol"}));
  EXPECT_EQ(words("l\u2019\u00e9cole", L::kFrench), (Words{"l", "ecol"}));
  EXPECT_EQ(words("don't Hawai\u02bbi"), (Words{"don", "t", "hawai", "i"}));
  EXPECT_EQ(words("\u05e6\u05d4\"\u05dc"), words("\u05e6\u05d4\u05f4\u05dc"));  // gershayim is none
}

TEST(Words, OneLetterMayHaveSigns) {
  EXPECT_EQ(words("C++ C# C++17, a+b"), (Words{"c", "c++", "c", "c#", "c", "c++", "17", "a", "b"}));
  EXPECT_EQ(words("notepad++ #tag 1+1"), (Words{"notepad", "tag", "1", "1"}));
}

TEST(Words, LongWordsEndAfter64Bytes) {
  EXPECT_EQ(words(std::string(1000, 'Q')), (Words{std::string(64, 'q')}));
  // 33 letters of two bytes: the last one does not fit.
  std::string letters;
  for (int i = 0; i < 33; ++i) letters += "\u03c8";
  EXPECT_EQ(words(letters)[0].size(), 64u);
  EXPECT_EQ(words("x-" + std::string(1000, '1')).back(), "x" + std::string(63, '1'));
}

TEST(Words, AreStemmedByTheLanguageOfTheText) {
  EXPECT_TRUE(finds("house", "The houses", L::kEnglish));
  EXPECT_TRUE(finds("donner", "Ils ont donn\u00e9", L::kFrench));
  EXPECT_TRUE(finds("Haus", "H\u00e4user", L::kGerman));
  EXPECT_TRUE(finds("informa\u00e7\u00e3o", "informa\u00e7\u00f5es", L::kPortuguese));
  EXPECT_TRUE(finds("canci\u00f3n", "canciones", L::kSpanish));
  EXPECT_TRUE(finds("\u043a\u0440\u0430\u0441\u043d\u044b\u0439",
                    "\u043a\u0440\u0430\u0441\u043d\u0430\u044f", L::kRussian));
  EXPECT_TRUE(finds("\u0643\u062a\u0627\u0628", "\u0627\u0644\u0643\u062a\u0627\u0628", L::kArabic));
  EXPECT_TRUE(finds("\u0932\u0921\u093c\u0915\u093e", "\u0932\u0921\u093c\u0915\u0947", L::kHindi));
  EXPECT_TRUE(finds("l\u00e4rare", "l\u00e4rarna", L::kSwedish));
  EXPECT_TRUE(finds("k\u00f6nyv", "k\u00f6nyvekben", L::kHungarian));
  EXPECT_TRUE(finds("kitap", "kitaplar", L::kTurkish));
  EXPECT_TRUE(finds("talo", "talossa", L::kFinnish));
  EXPECT_TRUE(finds("\u03c3\u03c7\u03bf\u03bb\u03b5\u03af\u03bf",
                    "\u03c3\u03c7\u03bf\u03bb\u03b5\u03af\u03b1", L::kGreek));
}

TEST(Words, WordsOfOtherScriptsAreStemmedByScript) {
  EXPECT_EQ(words("users", L::kRussian), words("user", L::kEnglish));
  EXPECT_EQ(words("\u043a\u043d\u0438\u0433\u0438", L::kFrench),
            words("\u043a\u043d\u0438\u0433\u0438", L::kRussian));
  EXPECT_EQ(words("houses \u6771", L::kOther), words("houses \u6771", L::kEnglish));
}

// The stemmer knows "données" as a participle, but not "donnees".
TEST(Words, AccentsMayBeLeftOut) {
  EXPECT_EQ(words("donn\u00e9es", L::kFrench), (Words{"don", "donne"}));
  EXPECT_TRUE(finds("donnees", "donn\u00e9es", L::kFrench));
  EXPECT_TRUE(finds("donn\u00e9es", "donnees", L::kFrench));
  EXPECT_TRUE(finds("informacao", "informa\u00e7\u00e3o", L::kPortuguese));
}

TEST(Words, QueriesAreStemmedInEachLanguage) {
  WordCutter cutter;
  const L languages[] = {L::kEnglish, L::kFrench};
  std::vector<std::uint64_t> expected = {word_hash(words("chevaux", L::kEnglish)[0]),
                                         word_hash(words("chevaux", L::kFrench)[0])};
  std::sort(expected.begin(), expected.end());
  ASSERT_NE(expected[0], expected[1]);
  EXPECT_EQ(cutter.query("chevaux chevaux", languages), expected);
}

TEST(Words, CountsAreSortedByHash) {
  WordCutter cutter;
  ChunkWords out;
  cutter.count("The cat and the cats saw 400mg.", L::kEnglish, out);
  EXPECT_EQ(out.length, 8u);  // 400mg is two words
  std::vector<WordCount> expected = {{word_hash("the"), 2},  {word_hash("cat"), 2}, {word_hash("and"), 1},
                                     {word_hash("saw"), 1},  {word_hash("400"), 1}, {word_hash("mg"), 1},
                                     {word_hash("400mg"), 1}};
  std::sort(expected.begin(), expected.end(), [](auto a, auto b) { return a.word < b.word; });
  EXPECT_EQ(out.words, expected);
  cutter.count("", L::kEnglish, out);
  EXPECT_EQ(out.length, 0u);
  EXPECT_TRUE(out.words.empty());
}

// A change of the rules changes these values: raise kWordRules, so that indexes are built again.
TEST(Words, RulesHaveAVersion) {
  WordCutter cutter;
  ChunkWords out;
  cutter.count("Rappel's v1.2.3 indexes C++ \u00e9coles, \u6771\u4eac and ERR-4012 getUserName.", L::kEnglish,
               out);
  std::uint64_t all = 0;
  for (const WordCount& word : out.words) all = all * 31 + word.word + word.count;
  EXPECT_EQ(kWordRules, 1u);
  EXPECT_EQ(all, 12471400645759656145u);
}

}  // namespace
}  // namespace rappel
