#include "retrieve/answer_budget.h"

#include <gtest/gtest.h>

#include <random>

#include "base/utf8.h"
#include "embed/test_embedder.h"

namespace rappel {
namespace {

ScoredChunk result(const std::string& text) {
  ScoredChunk made;
  made.chunk.text = text;
  made.chunk.begin = 100;
  made.chunk.end = 100 + static_cast<std::uint32_t>(utf8_count(text));
  return made;
}

std::vector<ScoredChunk> results(const std::vector<std::string>& texts) {
  std::vector<ScoredChunk> made;
  for (const std::string& text : texts) made.push_back(result(text));
  return made;
}

// Words between blanks.
Result<std::vector<ByteRange>> words(std::string_view text) { return TestEmbedder(2).token_ranges(text, {}); }

TEST(AnswerBudget, ResultsAreGivenUntilOneDoesNotFit) {
  auto given = results({"aaaa", "b\u00e9bb", "c"});
  EXPECT_EQ(*apply_budget({.max_chars = 8}, words, given), 1u);
  EXPECT_EQ(given.size(), 2u);
  EXPECT_FALSE(given[0].shortened || given[1].shortened);
  given = results({"aaaa", "bbbbbbbbb", "c"});
  EXPECT_EQ(*apply_budget({.max_chars = 8}, words, given), 2u) << "a later one that would fit is no result";
  given = results({"one two", "three", "four"});
  EXPECT_EQ(*apply_budget({.max_tokens = 3}, words, given), 1u);
  EXPECT_EQ(given.size(), 2u);
}

TEST(AnswerBudget, FirstResultThatIsTooLongEndsWithASentence) {
  auto given = results({"Stop the pump. Open the valve. Wait.", "b"});
  given[0].highlights = {{5, 8}, {20, 23}};
  given[0].best_sentence = TextRange{15, 30};
  EXPECT_EQ(*apply_budget({.max_chars = 20}, words, given), 1u);
  ASSERT_EQ(given.size(), 1u);
  EXPECT_EQ(given[0].chunk.text, "Stop the pump.");
  EXPECT_EQ(given[0].chunk.end, 114u);
  EXPECT_TRUE(given[0].shortened);
  EXPECT_EQ(given[0].highlights, (std::vector<TextRange>{{5, 8}}));
  EXPECT_FALSE(given[0].best_sentence);
  given = results({"Stop the pump. Open the valve."});
  ASSERT_TRUE(apply_budget({.max_tokens = 5}, words, given).ok());
  EXPECT_EQ(given[0].chunk.text, "Stop the pump.");
}

TEST(AnswerBudget, TextWithoutSentencesEndsWithAWordOrACharacter) {
  auto given = results({"one two three"});
  ASSERT_TRUE(apply_budget({.max_chars = 9}, words, given).ok());
  EXPECT_EQ(given[0].chunk.text, "one two");
  given = results({"\u00e9\u00e9\u00e9\u00e9"});
  ASSERT_TRUE(apply_budget({.max_chars = 2}, words, given).ok());
  EXPECT_EQ(given[0].chunk.text, "\u00e9\u00e9");
}

TEST(AnswerBudget, TokensMayEndWithinACharacter) {
  const auto bytes = [](std::string_view text) -> Result<std::vector<ByteRange>> {
    std::vector<ByteRange> ranges;
    for (std::uint32_t at = 0; at < text.size(); ++at) ranges.push_back({at, at + 1});
    return ranges;
  };
  for (const std::size_t tokens : {1u, 2u, 3u}) {
    auto given = results({"\u00e9\u00e9"});
    ASSERT_TRUE(apply_budget({.max_tokens = tokens}, bytes, given).ok());
    EXPECT_EQ(given[0].chunk.text, "\u00e9") << tokens << " tokens";
  }
}

TEST(AnswerBudget, FailingTokenizerIsAnError) {
  auto given = results({"one"});
  const auto failing = [](std::string_view) -> Result<std::vector<ByteRange>> {
    return Status(Code::kCancelled, "cancelled");
  };
  EXPECT_EQ(apply_budget({.max_tokens = 1}, failing, given).status().code(), Code::kCancelled);
}

TEST(AnswerBudget, RandomTextsStayWithinTheBudget) {
  std::mt19937 random(5);
  const std::vector<std::string> pieces = {"a",          "pump. ", " ",       "\u00e9", "\u6771\u3002",
                                           "\U0001F600", "\n",     "e\u0301", "Mr. "};
  for (int round = 0; round < 4000; ++round) {
    std::vector<std::string> texts(1 + random() % 4);
    for (std::string& text : texts)
      for (std::size_t i = random() % 30; i > 0; --i) text += pieces[random() % pieces.size()];
    AnswerShape shape;
    if (random() % 2 == 0) shape.max_chars = 1 + random() % 60;
    if (random() % 2 == 0) shape.max_tokens = 1 + random() % 20;
    auto given = results(texts);
    const auto cut = apply_budget(shape, words, given);
    ASSERT_TRUE(cut.ok());
    ASSERT_GE(given.size(), 1u);
    ASSERT_EQ(given.size() + *cut, texts.size());
    std::size_t chars = 0, tokens = 0;
    for (std::size_t i = 0; i < given.size(); ++i) {
      const std::string& text = given[i].chunk.text;
      ASSERT_TRUE(utf8_valid(text));
      ASSERT_TRUE(texts[i].starts_with(text));
      ASSERT_EQ(given[i].shortened, text != texts[i]);
      ASSERT_EQ(given[i].chunk.end - given[i].chunk.begin, utf8_count(text));
      chars += utf8_count(text);
      tokens += words(text)->size();
    }
    ASSERT_LE(chars, shape.max_chars.value_or(SIZE_MAX));
    ASSERT_LE(tokens, shape.max_tokens.value_or(SIZE_MAX));
  }
}

}  // namespace
}  // namespace rappel
