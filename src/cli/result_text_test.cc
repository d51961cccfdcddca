#include "cli/result_text.h"

#include <gtest/gtest.h>

namespace rappel {
namespace {

ScoredChunk result_of(const std::string& text, std::vector<TextRange> highlights = {}) {
  ScoredChunk result;
  result.chunk.text = text;
  result.highlights = std::move(highlights);
  return result;
}

const Terminal kPlain, kColour{.is_terminal = true, .colour = true};

TEST(ResultLine, LinesAreJoinedAndControlsAreEscaped) {
  EXPECT_EQ(result_line(result_of("a\n\tb"), kPlain), "a  b");
  EXPECT_EQ(result_line(result_of("\x1b[31mred"), kPlain), "\\x1b[31mred");
  EXPECT_EQ(result_line(result_of(""), kPlain), "");
}

TEST(ResultLine, WordsOfTheQueryAreMarked) {
  const ScoredChunk result = result_of("L'\u00e9t\u00e9, pump", {{2, 5}, {7, 11}});
  EXPECT_EQ(result_line(result, kPlain), "L'*\u00e9t\u00e9*, *pump*");
  EXPECT_EQ(result_line(result, kColour), "L'\033[1m\u00e9t\u00e9\033[0m, \033[1mpump\033[0m");
  EXPECT_EQ(result_line(result_of("a\x1b[b", {{0, 4}}), kColour), "\033[1ma\\x1b[b\033[0m");
}

TEST(ResultLine, LongTextsAreCutBetweenCharacters) {
  std::string text;
  for (int i = 0; i < 300; ++i) text += "\u00e9";
  EXPECT_EQ(result_line(result_of(text), kPlain), text.substr(0, 400) + "...");
  EXPECT_EQ(result_line(result_of("x" + text), kPlain), "x" + text.substr(0, 398) + "...");
  EXPECT_EQ(result_line(result_of(text, {{198, 202}, {250, 260}}), kPlain),
            text.substr(0, 396) + "*\u00e9\u00e9*...");
}

TEST(ResultLine, BestSentenceBeyondTheCutIsShown) {
  const std::string before(500, 'a');
  ScoredChunk result = result_of(before + ". The pump stops. Then", {{506, 510}});
  result.best_sentence = TextRange{502, 517};
  EXPECT_EQ(result_line(result, kPlain), "...The *pump* stops. Then");
  result = result_of("The pump stops. " + before, {{4, 8}});
  result.best_sentence = TextRange{0, 15};
  EXPECT_EQ(result_line(result, kPlain), "The *pump* stops. " + before.substr(0, 384) + "...");
}

}  // namespace
}  // namespace rappel
