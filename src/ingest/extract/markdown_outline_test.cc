#include "ingest/extract/markdown_outline.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <random>
#include <string>

namespace rappel {
namespace {

// "heading 2 'Title' \"## Title\"" of each mark.
std::string described(const std::string& text) {
  const Outline outline = markdown_outline(text);
  std::string out;
  for (const OutlineMark& mark : outline.marks) {
    const char* kind = mark.kind == MarkKind::kHeading ? "heading"
                       : mark.kind == MarkKind::kTable ? "table"
                       : mark.kind == MarkKind::kList  ? "list"
                                                       : "code";
    const std::string& name = outline.name_of(mark);
    out += fmt::format("{} {}{} [{}]\n", kind, mark.kind == MarkKind::kTable ? mark.number : mark.level,
                       name.empty() ? "" : " '" + name + "'", text.substr(mark.begin, mark.end - mark.begin));
  }
  return out;
}

TEST(MarkdownOutline, Headings) {
  EXPECT_EQ(described("intro\n# One\ntext\n## Two ##\n#no heading\nThree\n===\n\nFour\n---\n***\n"),
            "heading 1 'One' [# One]\n"
            "heading 2 'Two' [## Two ##]\n"
            "heading 1 '#no heading Three' [#no heading\nThree\n===]\n"
            "heading 2 'Four' [Four\n---]\n");
}

TEST(MarkdownOutline, CodeHidesWhatLooksLikeHeadings) {
  EXPECT_EQ(described("```sh\n# comment\n- x\n```\n~~~\n# open\n"),
            "code 0 [```sh\n# comment\n- x\n```]\n"
            "code 0 [~~~\n# open]\n");
}

TEST(MarkdownOutline, ListsJoinTheirItems) {
  EXPECT_EQ(described("before\n- one\n  more\n- two\n\n- three\n\nafter\n1. first\n"),
            "list 0 [- one\n  more\n- two\n\n- three]\n"
            "list 0 [1. first]\n");
}

TEST(MarkdownOutline, TablesKnowTheirColumns) {
  EXPECT_EQ(described("| a | b |\n|---|---|\n| 1 | 2 |\n| 3 | 4 |\nend\n"),
            "table 1 '| a | b |\n|---|---|' [| a | b |\n|---|---|]\n"
            "table 2 '| a | b |\n|---|---|' [| 1 | 2 |\n| 3 | 4 |]\n");
}

TEST(MarkdownOutline, FrontMatterIsNoStructure) {
  EXPECT_EQ(described("---\ntitle: x\n---\n# One\n"), "heading 1 'One' [# One]\n");
  EXPECT_EQ(described("---\n# One\n"), "heading 1 'One' [# One]\n");
  EXPECT_EQ(described(""), "");
}

TEST(MarkdownOutline, MarksLieInTheTextInOrder) {
  const char* lines[] = {"# a", "text", "- item", "", "```", "| a |", "|---|", "===", "---", "  more", "\t"};
  std::mt19937 random(3);
  for (int round = 0; round < 2000; ++round) {
    std::string text;
    for (unsigned count = random() % 30; count > 0; --count)
      text += std::string(lines[random() % std::size(lines)]) + (random() % 20 == 0 ? "" : "\n");
    std::size_t begin = 0;
    for (const OutlineMark& mark : markdown_outline(text).marks) {
      ASSERT_GE(mark.begin, begin) << text;
      ASSERT_LE(mark.end, text.size()) << text;
      ASSERT_LE(mark.begin, mark.end) << text;
      begin = mark.begin;
    }
  }
}

}  // namespace
}  // namespace rappel
