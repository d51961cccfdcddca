#include "text/words/query_syntax.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <string>
#include <vector>

namespace rappel {
namespace {

using Texts = std::vector<std::string>;

QuerySyntax parse(std::string_view query) {
  static constexpr std::string_view kNames[] = {"author", "fileType"};
  return parse_query_syntax(query, kNames);
}

TEST(QuerySyntax, PhrasesAreWordsToo) {
  const QuerySyntax parsed = parse("why \"pump  stops\" (\"at night\") now");
  EXPECT_EQ(parsed.phrases, (Texts{"pump  stops", "at night"}));
  EXPECT_EQ(parsed.text, "why  pump  stops  ( at night ) now");
  EXPECT_TRUE(parsed.excluded_words.empty() && parsed.excluded_phrases.empty() && parsed.fields.empty());
}

TEST(QuerySyntax, QuotesOfOtherLanguages) {
  EXPECT_EQ(parse("“deux mots” «trois mots» „vier“ 「水獭」").phrases,
            (Texts{"deux mots", "trois mots", "vier", "水獭"}));
  EXPECT_EQ(parse("« deux mots »").phrases, (Texts{"deux mots"}));
}

TEST(QuerySyntax, DashExcludes) {
  const QuerySyntax parsed = parse("pump -motor -\"cold water\" -ERR-4012 -\xC3\xA9t\xC3\xA9 -7");
  EXPECT_EQ(parsed.text, "pump");
  EXPECT_EQ(parsed.excluded_words, (Texts{"motor", "ERR-4012", "\xC3\xA9t\xC3\xA9", "7"}));
  EXPECT_EQ(parsed.excluded_phrases, (Texts{"cold water"}));
  EXPECT_EQ(parse("-motor").text, "");
}

TEST(QuerySyntax, FieldsThatAreKnownOrQuoted) {
  const QuerySyntax parsed =
      parse("pump Author:zoe filetype:\"pdf file\" -author:bob department:\"finance\" -x.y:\"z\"");
  EXPECT_EQ(parsed.text, "pump");
  EXPECT_EQ(parsed.fields, (std::vector<FieldCondition>{{"author", "zoe", false},
                                                        {"fileType", "pdf file", false},
                                                        {"author", "bob", true},
                                                        {"department", "finance", false},
                                                        {"x.y", "z", true}}));
}

TEST(QuerySyntax, EverythingElseIsText) {
  for (const char* text : {"",
                           " ",
                           "\"",
                           "-",
                           "--",
                           "- pump",
                           "\"pump",
                           "pump\"",
                           "5\" pipe 7\"",
                           "a\"b\"c",
                           "\"\"",
                           "\" \"",
                           "ERR-4012",
                           "state-of-the-art",
                           "C++ and C#",
                           "http://x.y/z?q=\"1\"",
                           "12:30",
                           "Note:this",
                           "department:finance",
                           "author:",
                           "author: zoe",
                           "author:\"zoe",
                           ":x",
                           "-:x",
                           "--help",
                           "-.5",
                           "a - b",
                           "“pump",
                           "pump”",
                           "-“pump",
                           "-\xE3\x80\x80pump",
                           "\xFF\xFE",
                           "don't -",
                           "x\tauthor :zoe",
                           "(pump)"}) {
    const QuerySyntax parsed = parse(text);
    EXPECT_EQ(parsed.text, text);
    EXPECT_TRUE(parsed.phrases.empty() && parsed.excluded_words.empty() && parsed.excluded_phrases.empty() &&
                parsed.fields.empty())
        << text;
  }
}

// Without names nothing unquoted is a field.
TEST(QuerySyntax, NamesAreTheCallers) {
  EXPECT_EQ(parse_query_syntax("author:zoe", {}).text, "author:zoe");
  EXPECT_EQ(parse_query_syntax("author:\"zoe\"", {}).fields,
            (std::vector<FieldCondition>{{"author", "zoe"}}));
}

// No letter is lost: each is in the text, in an exclusion or in a field.
TEST(QuerySyntax, RandomQueriesKeepTheirLetters) {
  std::mt19937 random(3);
  const std::string pieces[] = {"\"", "-", ":", " ", "(", "author", "x",
                                "é",  "“", "”", "«", "7", ".",      "\xFF"};
  const auto letters = [](const std::string& text) {
    return std::count_if(text.begin(), text.end(), [](char c) { return c == 'x' || c == '7'; });
  };
  for (int i = 0; i < 20'000; ++i) {
    std::string query;
    for (unsigned n = random() % 12; n > 0; --n) query += pieces[random() % std::size(pieces)];
    const QuerySyntax parsed = parse(query);
    std::ptrdiff_t kept = letters(parsed.text);
    for (const Texts& texts : {parsed.excluded_words, parsed.excluded_phrases})
      for (const std::string& text : texts) kept += letters(text);
    for (const FieldCondition& field : parsed.fields) kept += letters(field.key) + letters(field.value);
    EXPECT_EQ(kept, letters(query)) << query;
    for (const std::string& word : parsed.excluded_words) EXPECT_FALSE(word.empty()) << query;
  }
}

// Linear: quadratic time would take minutes.
TEST(QuerySyntax, HostileQueries) {
  for (const char* piece : {"\"", "\" ", "-\"", "“", "a:\"", "author:", "-", "x.", "((", "\"\" "}) {
    std::string query;
    while (query.size() < 1'000'000) query += piece;
    (void)parse(query);
    (void)parse("\"" + query);
  }
}

}  // namespace
}  // namespace rappel
