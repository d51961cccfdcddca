// The language that decides whether a reranker reads a query.
#include "retrieve/query_language.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "embed/similarity_pairs.h"

namespace rappel {
namespace {

std::vector<Candidate> candidates(const std::vector<const char*>& texts) {
  std::vector<Candidate> out;
  for (const char* text : texts) out.emplace_back().chunk.text = text;
  return out;
}

const char* const kEnglish = "The machine is cleaned with a soft cloth, and the belt is replaced every year.";
const char* const kFrench =
    "La machine est nettoy\u00e9e avec un chiffon doux et la courroie est remplac\u00e9e.";

TEST(QueryLanguage, ClearQueryDecidesWhateverItFinds) {
  const auto english = candidates({kEnglish}), french = candidates({kFrench});
  EXPECT_EQ(query_language("Combien p\u00e8se la machine Kestrel 300 ?", english), "fr");
  EXPECT_EQ(query_language("How much is a meal voucher worth in Lyon?", french), "en");
  EXPECT_EQ(
      query_language("\u9ed1\u8c79\u961f\u7684\u9632\u5b88\u4e22\u4e86\u591a\u5c11\u5206\uff1f", english),
      "zh");
}

TEST(QueryLanguage, TextsThatWereFoundDecideForAShortQuery) {
  const auto english = candidates({kEnglish, kFrench, kEnglish});
  const auto french = candidates({kFrench, kEnglish, kFrench});
  for (const char* query : {"remplacer la courroie", "lot L-2207", "relev\u00e9 48213 kWh", "boiler F22",
                            "garantie ordinateur portable", "22 novembre", "ERR-4012"}) {
    EXPECT_EQ(query_language(query, english), "en") << query;
    EXPECT_EQ(query_language(query, french), "fr") << query;
  }
  EXPECT_EQ(query_language("boiler F22", candidates({kFrench, kEnglish})), "fr") << "the first of equals";
  EXPECT_EQ(query_language("boiler F22", {}), "en") << "the best guess";
}

TEST(QueryLanguage, ChineseWithNamesInLatinLettersIsChinese) {
  EXPECT_EQ(similarity_language("Jared Allen \u64d2\u6740\u6b21\u6570"), "zh");
  EXPECT_EQ(similarity_language("HTTP API \u8bbe\u7f6e"), "zh");
  EXPECT_EQ(similarity_language("Who was \u6bdb?"), "en");
  EXPECT_EQ(similarity_language("\u30ea\u30e8\u30f3 TGV"), "ja");
  EXPECT_EQ(similarity_language("\ub9ac\uc639 TGV"), "ko");
}

}  // namespace
}  // namespace rappel
