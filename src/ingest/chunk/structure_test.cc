// Chunks of texts with an outline.
#include <gtest/gtest.h>

#include <random>

#include "ingest/chunk/chunker.h"
#include "ingest/chunk/test_chunks.h"
#include "ingest/content/outlined_text.h"

namespace rappel {
namespace {

std::string words(std::size_t count, const std::string& word = "w") {
  std::string out;
  for (std::size_t i = 0; i < count; ++i) out += (i == 0 ? "" : " ") + word + std::to_string(i);
  return out;
}

class StructureTest : public testing::Test {
 protected:
  void part(PartKind kind, const std::string& name = "") {
    ASSERT_TRUE(content_.part({.kind = kind, .name = name}).ok());
  }
  void add(BlockKind kind, const std::string& text, int level = 0) {
    ASSERT_TRUE(content_.block({.kind = kind, .text = text, .level = level}).ok());
  }
  void heading(const std::string& text, int level = 1) { add(BlockKind::kHeading, text, level); }
  void text(const std::string& text) { add(BlockKind::kParagraph, text); }
  void row(const std::string& text, std::uint32_t number, bool header = false) {
    ASSERT_TRUE(
        content_.block({.kind = BlockKind::kTableRow, .text = text, .row = number, .header_row = header})
            .ok());
  }
  // With the promises of chunker.h checked.
  std::vector<TextChunk> chunks(const ChunkOptions& options) {
    whole_ = outlined_text_of(content_);
    auto found = chunks_of(whole_.text, WordTokenizer(), options, &whole_.outline);
    expect_promises(found, whole_.text, options);
    return found;
  }
  CollectedContent content_;
  OutlinedText whole_;
};

constexpr ChunkOptions kForty = {.tokens = 40, .min_chars = 20, .structure = true};

TEST_F(StructureTest, SectionsAreChunksAndHeadingsStayWithTheirText) {
  heading("Alpha");
  text(words(20, "a"));
  heading("Beta");
  text(words(20, "b"));
  const auto found = chunks(kForty);
  ASSERT_EQ(found.size(), 2u);
  EXPECT_TRUE(found[0].text.starts_with("Alpha\na0"));
  EXPECT_TRUE(found[1].text.starts_with("Beta\nb0"));
  EXPECT_EQ(found[1].place.section, std::vector<std::string>{"Beta"});
}

TEST_F(StructureTest, ShortSectionsShareAChunk) {
  for (int i = 0; i < 20; ++i) {
    heading("Head" + std::to_string(i));
    text("one two");
  }
  for (const TextChunk& chunk : chunks(kForty))
    EXPECT_GE(std::count(chunk.text.begin(), chunk.text.end(), '\n'), 5) << chunk.text;
}

TEST_F(StructureTest, HeadingNeverEndsAChunk) {
  for (std::size_t before = 25; before < 48; ++before) {
    content_ = CollectedContent();
    text(words(before, "a"));
    heading("First");
    heading("Second", 2);
    text(words(60, "b"));
    for (const TextChunk& chunk : chunks(kForty)) {
      EXPECT_FALSE(chunk.text.ends_with("First")) << before;
      EXPECT_FALSE(chunk.text.ends_with("Second")) << before;
    }
  }
}

TEST_F(StructureTest, HeadingsWithoutTextAreKept) {
  for (int i = 0; i < 200; ++i) heading("Head" + std::to_string(i), 1 + i % 3);
  EXPECT_GE(chunks(kForty).size(), 4u);
}

TEST_F(StructureTest, LongSectionIsCutAtSentencesAndKnowsItsHeadings) {
  heading("Alpha");
  heading("Inner", 2);
  std::string long_text;
  for (int i = 0; i < 20; ++i) long_text += words(9) + " end. ";
  text(long_text);
  ChunkOptions options = kForty;
  options.context = true;
  const auto found = chunks(options);
  ASSERT_GT(found.size(), 3u);
  EXPECT_EQ(found[0].context, "");
  EXPECT_TRUE(found[0].text.ends_with("end."));
  EXPECT_EQ(found[1].context, "Alpha\nInner\n");
  EXPECT_EQ(found[1].text.find("Alpha"), std::string::npos) << "the stored text stays as it is";
}

TEST_F(StructureTest, SlidesAreBordersIfTheyAreNotTiny) {
  for (int i = 0; i < 4; ++i) {
    part(PartKind::kSlide);
    text(words(10));
  }
  EXPECT_EQ(chunks(kForty).size(), 4u);
  content_ = CollectedContent();
  for (int i = 0; i < 4; ++i) {
    part(PartKind::kSlide);
    text("two words");
  }
  const auto found = chunks(kForty);
  ASSERT_EQ(found.size(), 2u);
  EXPECT_EQ(found[0].place.slide, 1u);
  EXPECT_EQ(found[0].place.last_slide, 3u);
  EXPECT_EQ(found[1].place.slide, 4u);
}

TEST_F(StructureTest, TinySlideBeforeALongOneStaysAlone) {
  part(PartKind::kSlide);
  text("tiny");
  part(PartKind::kSlide);
  text(words(60));
  const auto found = chunks(kForty);
  ASSERT_EQ(found.size(), 3u);
  EXPECT_EQ(found[0].text, "tiny");
}

TEST_F(StructureTest, PagesAreNotedAndNotCut) {
  part(PartKind::kPage);
  text(words(15, "a"));
  part(PartKind::kPage);
  text(words(15, "b"));
  const auto found = chunks(kForty);
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].place.page, 1u);
  EXPECT_EQ(found[0].place.last_page, 2u);
}

TEST_F(StructureTest, TablesAreCutBetweenRowsAndRepeatTheirHeader) {
  part(PartKind::kSheet, "Plan");
  row("Item\tPrice", 1, true);
  for (std::uint32_t i = 2; i < 60; ++i) row("thing " + std::to_string(i) + " costs " + std::to_string(i), i);
  ChunkOptions options = kForty;
  options.context = true;
  const auto found = chunks(options);
  ASSERT_GT(found.size(), 4u);
  std::uint32_t next = 1;
  for (const TextChunk& chunk : found) {
    EXPECT_EQ(chunk.place.row, next);
    next = std::max(chunk.place.row, chunk.place.last_row) + 1;
    EXPECT_TRUE(chunk.text.starts_with("thing") || chunk.text.starts_with("Item")) << chunk.text;
    EXPECT_EQ(chunk.context, chunk.place.row == 1 ? "" : "Plan\nItem\tPrice\n");
    EXPECT_EQ(chunk.place.columns, chunk.place.row == 1 ? "" : "Item\tPrice");
  }
  EXPECT_EQ(next, 60u);
}

TEST_F(StructureTest, ListThatFitsIsKeptWhole) {
  text(words(30));
  for (int i = 0; i < 8; ++i) add(BlockKind::kListItem, "- item number " + std::to_string(i));
  const auto found = chunks(kForty);
  ASSERT_EQ(found.size(), 2u);
  EXPECT_TRUE(found[1].text.starts_with("- item number 0"));
  EXPECT_TRUE(found[1].text.ends_with("- item number 7"));
}

TEST_F(StructureTest, TableThatFitsIsKeptWhole) {
  text(words(30));
  row("Item\tPrice", 1, true);
  for (std::uint32_t i = 2; i < 12; ++i) row("thing" + std::to_string(i) + "\t" + std::to_string(i), i);
  const auto found = chunks(kForty);
  ASSERT_EQ(found.size(), 2u);
  EXPECT_TRUE(found[1].text.starts_with("Item\tPrice"));
  EXPECT_TRUE(found[1].text.ends_with("thing11\t11"));
}

TEST_F(StructureTest, HeaderOfATableIsNotLeftAloneBeforeIt) {
  for (std::size_t before = 30; before < 40; ++before) {
    content_ = CollectedContent();
    text(words(before));
    row("Item\tPrice", 1, true);
    for (std::uint32_t i = 2; i < 60; ++i) row("thing" + std::to_string(i) + "\t" + std::to_string(i), i);
    for (const TextChunk& chunk : chunks(kForty)) EXPECT_FALSE(chunk.text.ends_with("Item\tPrice")) << before;
  }
}

TEST_F(StructureTest, LongListIsCutBetweenItems) {
  for (int i = 0; i < 40; ++i) add(BlockKind::kListItem, "- item number " + std::to_string(i) + " of many");
  const auto found = chunks(kForty);
  ASSERT_GT(found.size(), 3u);
  for (const TextChunk& chunk : found) EXPECT_TRUE(chunk.text.starts_with("- item")) << chunk.text;
}

TEST_F(StructureTest, CodeThatFitsIsKeptWhole) {
  text(words(30));
  add(BlockKind::kCode, "def f():\n  " + words(20) + "\n\n  return x");
  const auto found = chunks(kForty);
  ASSERT_EQ(found.size(), 2u);
  EXPECT_TRUE(found[1].text.starts_with("def f():"));
  EXPECT_TRUE(found[1].text.ends_with("return x"));
}

TEST_F(StructureTest, LongFunctionIsCutBetweenLines) {
  std::string code = "def f():";
  for (int i = 0; i < 40; ++i) code += "\n  call number " + std::to_string(i);
  add(BlockKind::kCode, code);
  for (const TextChunk& chunk : chunks(kForty))
    EXPECT_TRUE(chunk.text.starts_with("def ") || chunk.text.starts_with("call ")) << chunk.text;
}

// The target is in tokens of the model, and equal input gives equal chunks.
TEST_F(StructureTest, ChunksHaveTheirSizeInTokensAndAreTheSameEachTime) {
  for (int i = 0; i < 30; ++i) {
    heading("Head " + std::to_string(i), 1 + i % 3);
    text(words(static_cast<std::size_t>(i * 7)));
    add(BlockKind::kListItem, "- " + words(12));
  }
  ChunkOptions options = kForty;
  options.context = true;
  const auto found = chunks(options), again = chunks(options);
  ASSERT_EQ(found.size(), again.size());
  for (std::size_t i = 0; i < found.size(); ++i) {
    EXPECT_EQ(found[i].text, again[i].text);
    EXPECT_EQ(found[i].context, again[i].context);
    EXPECT_LE(WordTokenizer().encode(found[i].text, {.offsets = true}).ids.size() - 1, 44u);
  }
}

TEST_F(StructureTest, CodeIsCutAtBlankLines) {
  std::string code;
  for (int i = 0; i < 8; ++i) code += "def f" + std::to_string(i) + "():\n  " + words(9) + "\n  return x\n\n";
  add(BlockKind::kCode, code);
  for (const TextChunk& chunk : chunks(kForty)) EXPECT_TRUE(chunk.text.starts_with("def ")) << chunk.text;
}

TEST_F(StructureTest, NothingIsRepeatedOverABorder) {
  heading("Alpha");
  text(words(20, "a"));
  heading("Beta");
  text(words(80, "b"));
  ChunkOptions options = kForty;
  options.overlap = 8;
  const auto found = chunks(options);
  ASSERT_GE(found.size(), 3u);
  EXPECT_TRUE(found[1].text.starts_with("Beta"));
  EXPECT_LT(found[2].begin, found[1].end) << "inside a section the overlap stays";
}

TEST_F(StructureTest, ContextLeavesRoomForTheText) {
  heading(words(30, "h"));
  for (int i = 0; i < 30; ++i) text(words(9) + ".");
  ChunkOptions options = kForty;
  options.context = true;
  options.room = 46;
  const auto read = [](std::string_view piece) -> Result<std::vector<ByteRange>> {
    return WordTokenizer().encode(piece, {.offsets = true}).offsets;
  };
  for (const TextChunk& chunk : chunks(options)) {
    const auto ranges = read(chunk.context + chunk.text);
    std::size_t tokens = 0;
    for (const ByteRange& range : *ranges) tokens += range.end > range.begin;
    EXPECT_LE(tokens, options.room);
  }
}

TEST_F(StructureTest, WithoutStructureChunksAreThoseOfTheText) {
  heading("Alpha");
  text(words(20, "a"));
  heading("Beta");
  text(words(60, "b"));
  ChunkOptions options = kForty;
  options.structure = false;
  options.context = false;
  const auto found = chunks(options), plain = chunks_of(whole_.text, WordTokenizer(), kForty);
  ASSERT_EQ(found.size(), plain.size());
  for (std::size_t i = 0; i < found.size(); ++i) EXPECT_EQ(found[i].text, plain[i].text);
  EXPECT_EQ(found[0].place.section, std::vector<std::string>{"Alpha"});
}

// The promises hold for any outline, and places do not go back.
TEST_F(StructureTest, PromisesHoldForRandomStructure) {
  std::mt19937 random(11);
  for (int round = 0; round < 400; ++round) {
    content_ = CollectedContent();
    for (unsigned count = random() % 60; count > 0; --count) {
      if (random() % 6 == 0) part(static_cast<PartKind>(random() % 5), "part");
      const std::string some = words(random() % 30) + (random() % 3 == 0 ? ".\nmore" : "") + "x";
      if (random() % 3 == 0)
        row(some, static_cast<std::uint32_t>(random() % 5), random() % 2 == 0);
      else
        add(static_cast<BlockKind>(random() % 6), some, static_cast<int>(random() % 4));
    }
    const std::size_t tokens = 16 + random() % 50;
    const ChunkOptions options{.tokens = tokens,
                               .overlap = round % 2 != 0 ? random() % (tokens / 2) : 0,
                               .min_chars = random() % 100,
                               .structure = true,
                               .context = true,
                               .room = tokens + tokens / 3};
    const auto found = chunks(options);
    ASSERT_FALSE(HasFailure()) << "round " << round;
    std::uint32_t page = 0;
    for (const TextChunk& chunk : found) {
      EXPECT_GE(chunk.place.page, page);
      page = chunk.place.page;
    }
  }
}

// Hostile outlines: each takes seconds if the work grows with the square of the marks.
TEST_F(StructureTest, TimeIsLinearInTheMarks) {
  constexpr int kMarks = 200'000;
  for (const BlockKind kind : {BlockKind::kHeading, BlockKind::kCode, BlockKind::kListItem}) {
    content_ = CollectedContent();
    for (int i = 0; i < kMarks; ++i) {
      add(kind, "x", 1 + i % 9);
      if (kind == BlockKind::kListItem && i % 2 == 0) text("y");
    }
    EXPECT_GT(chunks(kForty).size(), 1000u);
  }
}

}  // namespace
}  // namespace rappel
