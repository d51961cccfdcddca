#include "cli/terminal.h"

#include <gtest/gtest.h>

namespace rappel {
namespace {

TEST(Terminal, ColourIsForTerminals) {
  EXPECT_TRUE(make_terminal(true, 80, {{"TERM", "xterm"}}).colour);
  EXPECT_TRUE(make_terminal(true, 80, {{"TERM", "xterm"}, {"NO_COLOR", ""}}).colour)
      << "an empty one counts as unset";
  EXPECT_FALSE(make_terminal(true, 80, {{"TERM", "xterm"}, {"NO_COLOR", "1"}}).colour);
  EXPECT_FALSE(make_terminal(true, 80, {{"TERM", "dumb"}}).colour);
  EXPECT_FALSE(make_terminal(false, 80, {{"TERM", "xterm"}}).colour);
}

TEST(Terminal, WidthOfTheWindowOrOfColumns) {
  EXPECT_EQ(make_terminal(true, 132, {}).width, 132U);
  EXPECT_EQ(make_terminal(true, 0, {}).width, 100U);
  EXPECT_EQ(make_terminal(false, 132, {}).width, 100U);
  EXPECT_EQ(make_terminal(true, 132, {{"COLUMNS", "72"}}).width, 72U);
  EXPECT_EQ(make_terminal(false, 0, {{"COLUMNS", "72"}}).width, 72U);
  EXPECT_EQ(make_terminal(true, 90, {{"COLUMNS", "many"}}).width, 90U);
  EXPECT_EQ(make_terminal(true, 5, {}).width, 40U) << "narrower than any word list can be";
}

TEST(Terminal, PaintOnlyWithColour) {
  Terminal terminal;
  EXPECT_EQ(terminal.paint(Paint::kBad, "FAILED"), "FAILED");
  terminal.colour = true;
  EXPECT_EQ(terminal.paint(Paint::kBad, "FAILED"), "\033[1;31mFAILED\033[0m");
  EXPECT_EQ(terminal.paint(Paint::kGood, ""), "");
}

TEST(Terminal, WrapsAtWordsAndKeepsLineEnds) {
  EXPECT_EQ(wrapped("one two three", 0, 8), "one two\nthree");
  EXPECT_EQ(wrapped("one two three", 2, 8), "one\n  two\n  three");
  EXPECT_EQ(wrapped("a-very-long-word b", 0, 8), "a-very-long-word\nb");
  EXPECT_EQ(wrapped("  one two three", 0, 9), "  one two\n  three");
  EXPECT_EQ(wrapped("one   two", 0, 80), "one   two");
  EXPECT_EQ(wrapped("one\n\ntwo", 2, 80), "one\n\n  two");
  EXPECT_EQ(wrapped("é é é", 0, 5), "é é é") << "characters count, not bytes";
  EXPECT_EQ(wrapped("", 4, 10), "");
}

TEST(Terminal, OutputThatIsNotForATerminalIsNotWrapped) {
  const std::string text = "word word word word word word word word word word word";
  Terminal terminal = make_terminal(false, 0, {{"COLUMNS", "40"}});
  EXPECT_EQ(terminal.fitted(text, 0), text);
  terminal = make_terminal(true, 40, {});
  EXPECT_NE(terminal.fitted(text, 0).find('\n'), std::string::npos);
}

}  // namespace
}  // namespace rappel
