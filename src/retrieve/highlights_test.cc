#include "retrieve/highlights.h"

#include <gtest/gtest.h>

#include <random>

#include "base/utf8.h"
#include "store/conformance/test_store.h"

namespace rappel {
namespace {

std::string part_of(std::string_view text, TextRange range) {
  std::string out;
  std::size_t index = 0;
  for (std::size_t at = 0, length; at < text.size(); at += length, ++index) {
    length = utf8_length(text[at]);
    if (range.begin <= index && index < range.end) out += text.substr(at, length);
  }
  return out;
}

using Parts = std::vector<std::string>;

class HighlightsTest : public testing::Test {
 protected:
  Parts words(const std::vector<QueryPart>& query, const std::string& text) {
    Parts parts;
    for (const TextRange& range : find_highlights(cutter_, query, text).words)
      parts.push_back(part_of(text, range));
    return parts;
  }
  std::string sentence(const std::vector<QueryPart>& query, const std::string& text) {
    const auto best = find_highlights(cutter_, query, text).best_sentence;
    return best ? part_of(text, *best) : "";
  }
  WordCutter cutter_;
};

TEST_F(HighlightsTest, WordsInWhateverFormAreMarked) {
  EXPECT_EQ(words({{"replace", 1}, {"pumps", 1}}, "The pump was replaced by another pump."),
            (Parts{"pump", "replaced", "pump"}));
  EXPECT_EQ(words({{"ERR4012", 1}}, "The code is ERR-4012."), (Parts{"ERR-4012"}));
  EXPECT_EQ(words({{"\u6771\u4eac\u5854", 1}}, "\u5728\u6771\u4eac\u5854\u4e0b"),
            (Parts{"\u6771\u4eac\u5854"}));
  EXPECT_TRUE(words({{"otter", 1}}, "The pump.").empty());
}

TEST_F(HighlightsTest, BestSentenceHasMostOfTheWeight) {
  const std::string text = "The the pump is here. A rare gasket leaks.  Nothing else.";
  EXPECT_EQ(sentence({{"the", 0.1}, {"pump", 1}, {"gasket", 3}}, text), "A rare gasket leaks.");
  EXPECT_EQ(sentence({{"the", 1}, {"gasket", 1.5}}, text), "A rare gasket leaks.") << "a word counts once";
  EXPECT_EQ(sentence({{"the", 1}, {"gasket", 1}}, text), "The the pump is here.");
  EXPECT_EQ(sentence({{"otter", 1}}, text), "");
}

TEST_F(HighlightsTest, PartsOfAQueryWeighWhatTheirWordsAreWorth) {
  TestStore store(2);
  std::vector<NewDocument> documents;
  for (int i = 0; i < 20; ++i)
    documents.push_back({"d" + std::to_string(i), {}, {{i == 0 ? "a pump gasket" : "a pump", 0, 6, {1, 0}}}});
  ASSERT_TRUE(store.upsert(std::move(documents)).ok());
  const auto reader = *open_reader(store);
  const auto parts = weigh_parts(*reader, LexicalSignal{"  pump\u3000gasket pump "});
  ASSERT_TRUE(parts.ok());
  ASSERT_EQ(parts->size(), 2u);
  EXPECT_EQ((*parts)[0].text, "pump");
  EXPECT_EQ((*parts)[1].text, "gasket");
  EXPECT_GT((*parts)[1].weight, 2 * (*parts)[0].weight);
}

TEST_F(HighlightsTest, RandomTextsHaveRangesWithinThem) {
  std::mt19937 random(3);
  const Parts pieces = {"pump",
                        "Pumps",
                        ". ",
                        " ",
                        "\n\n",
                        "\u6771",
                        "\u4eac",
                        "-",
                        "4012",
                        "e\u0301t\u00e9",
                        "\u0E19\u0E49\u0E33",
                        "\U0001F600",
                        "\u00AD",
                        "\uFB01n",
                        "! ",
                        "c++"};
  const auto mix = [&](std::size_t most) {
    std::string text;
    for (std::size_t i = random() % most; i > 0; --i) text += pieces[random() % pieces.size()];
    return text;
  };
  for (int round = 0; round < 2000; ++round) {
    const std::string text = mix(40), query = mix(5);
    const std::size_t length = utf8_count(text);
    const Highlights found = find_highlights(cutter_, std::vector<QueryPart>{{query, 1}}, text);
    std::size_t after = 0;
    for (const TextRange& range : found.words) {
      ASSERT_GE(range.begin, after) << text;
      ASSERT_LT(range.begin, range.end) << text;
      after = range.end;
    }
    ASSERT_LE(after, length) << text;
    ASSERT_EQ(found.words.empty(), !found.best_sentence) << text;
    if (found.best_sentence) {
      ASSERT_LT(found.best_sentence->begin, found.best_sentence->end) << text;
      ASSERT_LE(found.best_sentence->end, length) << text;
    }
  }
}

}  // namespace
}  // namespace rappel
