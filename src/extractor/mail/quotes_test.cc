#include "extractor/mail/quotes.h"

#include <gtest/gtest.h>

#include <string>

#include "extractor/test_blocks.h"

namespace rappel::extractor {
namespace {

std::string folded(QuoteFolder& folder, std::string_view text) {
  CollectedContent content;
  const Status status = folder.give(text, content);
  return status.ok() ? blocks_of(content) : status.to_string();
}

TEST(Quotes, AreNotesWithoutMarks) {
  QuoteFolder folder(false);
  EXPECT_EQ(
      folded(folder,
             "Yes.\n\nOn Sunday, Bob wrote:\n> Shall we meet?\n>\n> It is about otters.\n>> deep\n\nAda\n"),
      "p:Yes.\np:On Sunday, Bob wrote:\nnote:Shall we meet?\nnote:It is about otters./deep\np:Ada\n");
}

TEST(Quotes, OfEarlierMailsOfAMailboxAreLeftOut) {
  QuoteFolder folder(true);
  EXPECT_EQ(folded(folder, "Shall we meet on Tuesday to discuss the survey?\n"),
            "p:Shall we meet on Tuesday to discuss the survey?\n");
  EXPECT_EQ(folded(folder, "> Shall we meet on Tuesday\n> to discuss the survey?\nYes.\n"), "p:Yes.\n");
  EXPECT_EQ(folded(folder, "> Shall we meet on Friday to discuss the survey?\nNo.\n"),
            "note:Shall we meet on Friday to discuss the survey?\np:No.\n")
      << "the words differ";
  EXPECT_EQ(folded(folder, "> Shall we meet\nWhen?\n"), "note:Shall we meet\np:When?\n")
      << "too short to be sure";
}

TEST(Quotes, OfASingleMailAreKept) {
  QuoteFolder folder(false);
  const std::string text = "one two three four five six\n> one two three four five six\n";
  EXPECT_EQ(folded(folder, text), "p:one two three four five six\nnote:one two three four five six\n");
}

TEST(Quotes, FlowedLinesAreJoinedWithinTheirQuote) {
  EXPECT_EQ(unflowed("a long \nline\n> quoted \n> words\n> and \nown\n-- \nAda\n"),
            "a long line\n> quoted words\n> and \nown\n-- \nAda\n");
}

}  // namespace
}  // namespace rappel::extractor
