#include "retrieve/sections.h"

#include <gtest/gtest.h>

#include <cctype>
#include <random>

#include "ingest/chunk/test_chunks.h"
#include "retrieve/section_results.h"
#include "store/conformance/test_store.h"

namespace rappel {
namespace {

// "A chunk." as a chunk of the text that begins there.
NewChunk piece(const std::string& text, std::uint32_t begin, Place place = {}) {
  const auto length = static_cast<std::uint32_t>(code_points(text).size());
  return {text, begin, begin + length, {1, 0}, std::move(place)};
}
Place under(std::vector<std::string> headings) { return {.section = std::move(headings)}; }

class SectionsTest : public testing::Test {
 protected:
  void store(std::vector<NewChunk> chunks, const std::string& id = "d") {
    ASSERT_TRUE(store_.upsert({{id, {}, std::move(chunks)}}).ok());
    reader_ = *open_reader(store_);
  }
  // The sections around these chunks, in this order.
  std::vector<Section> around(const std::vector<std::uint32_t>& indexes, std::size_t most_chars = 4000) {
    Sections sections(*reader_, meter_, {most_chars});
    numbers_.clear();
    for (const std::uint32_t index : indexes)
      numbers_.push_back(*sections.add(**reader_->chunk_at("d", index)));
    return sections.take();
  }

  TestStore store_{2};
  std::unique_ptr<StoreReader> reader_;
  AnswerMeter meter_{nullptr, ""};
  std::vector<std::size_t> numbers_;
};

TEST_F(SectionsTest, SectionIsThatOfTheChunksHeadings) {
  store({piece("intro", 0), piece("Alpha a0", 6, under({"Alpha"})), piece("a1", 15, under({"Alpha"})),
         piece("Inner i0", 18, under({"Alpha", "Inner"})), piece("Beta b0", 27, under({"Beta"}))});
  EXPECT_EQ(around({2})[0].chunk.text, "Alpha a0 a1 Inner i0");
  EXPECT_EQ(around({3})[0].chunk.text, "Inner i0");
  EXPECT_EQ(around({4})[0].chunk.text, "Beta b0");
  EXPECT_EQ(around({0})[0].chunk.text, "intro");
}

TEST_F(SectionsTest, ChunkOverABorderHasBothItsSections) {
  Place over = under({"Alpha"});
  over.last_section = {"Beta"};
  store({piece("Alpha", 0, under({"Alpha"})), piece("a1\nBeta", 6, over), piece("b1", 14, under({"Beta"})),
         piece("Gamma", 17, under({"Gamma"}))});
  const auto sections = around({1});
  EXPECT_EQ(sections[0].chunk.text, "Alpha\na1\nBeta\nb1");
  EXPECT_EQ(sections[0].chunk.place.section, std::vector<std::string>{"Alpha"});
  EXPECT_EQ(sections[0].chunk.place.last_section, std::vector<std::string>{"Beta"});
  EXPECT_EQ(around({2})[0].chunk.text, "a1\nBeta\nb1") << "chunks stay whole";
}

TEST_F(SectionsTest, TextWithoutHeadingsIsOneSection) {
  store({piece("one", 0), piece("two", 4), piece("three", 8)});
  const auto sections = around({1});
  EXPECT_EQ(sections[0].chunk.text, "one two three");
  EXPECT_EQ(sections[0].chunk.begin, 0u);
  EXPECT_EQ(sections[0].chunk.end, 13u);
}

TEST_F(SectionsTest, PartsAreBorders) {
  const std::vector<std::pair<Place, Place>> others = {{{.slide = 1}, {.slide = 2}},
                                                       {{.sheet = "a"}, {.sheet = "b"}},
                                                       {{.chapter = "a"}, {.chapter = "b"}},
                                                       {{.message = 1}, {.message = 2}},
                                                       {{.files = {"a"}}, {.files = {"b"}}}};
  for (const auto& [a, b] : others) {
    store({piece("one", 0, a), piece("two", 4, a), piece("three", 8, b)});
    EXPECT_EQ(around({0})[0].chunk.text, "one two");
    EXPECT_EQ(around({2})[0].chunk.text, "three");
  }
}

TEST_F(SectionsTest, PagesAreNoBordersAndPlaceReachesToTheEnd) {
  const Place first{.page = 3, .page_label = "iii"}, last{.page = 4, .last_page = 5, .last_page_label = "v"};
  store({piece("one", 0, first), piece("two", 4, first), piece("three", 8, last)});
  const Place place = around({1})[0].chunk.place;
  EXPECT_EQ(place.page, 3u);
  EXPECT_EQ(place.page_label, "iii");
  EXPECT_EQ(place.last_page, 5u);
  EXPECT_EQ(place.last_page_label, "v");
}

TEST_F(SectionsTest, RowsOfASheetAreJoined) {
  std::vector<NewChunk> chunks;
  for (std::uint32_t i = 0; i < 9; ++i)
    chunks.push_back(piece("a\tb", i * 4, {.sheet = "Plan", .row = i + 1}));
  store(std::move(chunks));
  const auto sections = around({4}, 11);
  EXPECT_EQ(sections[0].chunk.text, "a\tb\na\tb\na\tb");
  EXPECT_EQ(sections[0].chunk.place.row, 4u);
  EXPECT_EQ(sections[0].chunk.place.last_row, 6u);
}

TEST_F(SectionsTest, LongSectionIsCutAroundTheChunk) {
  std::vector<NewChunk> chunks;
  for (std::uint32_t i = 0; i < 10; ++i) chunks.push_back(piece("word" + std::to_string(i), i * 6));
  store(std::move(chunks));
  EXPECT_EQ(around({5}, 17)[0].chunk.text, "word4 word5 word6");
  EXPECT_EQ(around({0}, 17)[0].chunk.text, "word0 word1 word2");
  EXPECT_EQ(around({5}, 1)[0].chunk.text, "word5") << "the chunk itself is always there";
}

TEST_F(SectionsTest, NoChunkIsInTwoSections) {
  std::vector<NewChunk> chunks;
  for (std::uint32_t i = 0; i < 10; ++i) chunks.push_back(piece("word" + std::to_string(i), i * 6));
  store(std::move(chunks));
  const auto sections = around({5, 6, 8, 1}, 17);
  ASSERT_EQ(sections.size(), 3u);
  EXPECT_EQ(numbers_, (std::vector<std::size_t>{0, 0, 1, 2}));
  EXPECT_EQ(sections[1].chunk.text, "word7 word8 word9");
  EXPECT_EQ(sections[2].chunk.text, "word0 word1 word2");
  EXPECT_EQ(around({5, 3}, 17)[1].chunk.text, "word1 word2 word3") << "word4 is in the first one";
}

TEST_F(SectionsTest, OverlapIsNotRepeated) {
  store({piece("one two \xC3\xA9t\xC3\xA9", 0), piece("\xC3\xA9t\xC3\xA9 four", 8), piece("four five", 12)});
  EXPECT_EQ(around({0})[0].chunk.text, "one two \xC3\xA9t\xC3\xA9 four five");
}

TEST_F(SectionsTest, GapsAreAsLongAsTheyWere) {
  store({piece("one", 0), piece("two", 5), piece("three", 12), piece("four", 17)});
  EXPECT_EQ(around({0})[0].chunk.text, "one\n\ntwo\n   threefour");
}

TEST_F(SectionsTest, MemoryOfSectionsIsCounted) {
  std::vector<NewChunk> chunks;
  for (std::uint32_t i = 0; i < 10; ++i) chunks.push_back(piece(repeated("x", 1000), i * 1001));
  store(std::move(chunks));
  ByteHold hold(nullptr, "", 8000);
  AnswerMeter meter(&hold, "");
  Sections sections(*reader_, meter, {100'000});
  EXPECT_EQ(sections.add(**reader_->chunk_at("d", 5)).status().id(), "answer-too-large");
  EXPECT_LE(hold.bytes(), 8000u);
}

// Any text, cut with or without overlap: each section is the text of its range, white space aside.
TEST_F(SectionsTest, SectionsHaveTheTextOfTheirRange) {
  std::mt19937 random(5);
  const std::string words[] = {"word", "\xC3\xA9t\xC3\xA9", "\n", ". ", "  ", " ",
                               "\n\n", "\xE6\xBC\xA2",      "\t"};
  for (int round = 0; round < 60; ++round) {
    std::string text;
    for (auto count = 200 + random() % 400; count > 0; --count) text += words[random() % std::size(words)];
    const ChunkOptions options{.tokens = 16, .overlap = round % 2 != 0 ? random() % 8 : 0, .min_chars = 10};
    std::vector<NewChunk> chunks;
    for (const TextChunk& chunk : chunks_of(text, WordTokenizer(), options))
      chunks.push_back({chunk.text, chunk.begin, chunk.end, {1, 0}});
    const auto count = static_cast<std::uint32_t>(chunks.size());
    store(std::move(chunks));
    const std::u32string points = code_points(text);
    const auto any = [&] { return static_cast<std::uint32_t>(random() % count); };
    const auto sections = around({any(), any(), any()}, 50 + random() % 200);
    for (const Section& section : sections) {
      const std::u32string found = code_points(section.chunk.text);
      ASSERT_EQ(found.size(), section.chunk.end - section.chunk.begin) << round;
      for (std::size_t i = 0; i < found.size(); ++i) {
        const char32_t right = points[section.chunk.begin + i];
        ASSERT_TRUE(found[i] == right || (is_blank(found[i]) && is_blank(right))) << round << " at " << i;
      }
    }
  }
}

TEST_F(SectionsTest, ResultsAreSectionsInTheOrderOfTheirBestCandidates) {
  std::vector<NewChunk> chunks;
  for (std::uint32_t i = 0; i < 9; ++i) chunks.push_back(piece("word" + std::to_string(i), i * 6));
  store(std::move(chunks));
  std::vector<Candidate> candidates;
  const std::vector<float> query = {1, 0};
  const auto hits = reader_->search(SearchRequest::dense(query, 9));
  ASSERT_TRUE(hits.ok());
  for (const Hit& hit : *hits) candidates.push_back({.key = hit.key});
  auto sections = *find_sections(*reader_, meter_, {2, 2, {17}}, candidates);
  EXPECT_EQ(candidates.size(), 9u) << "the first two lie in one section";
  ASSERT_EQ(sections.size(), 3u);
  std::swap(candidates[0], candidates[4]);
  const auto results = section_results(std::move(sections), candidates, 2);
  ASSERT_EQ(results.size(), 2u);
  EXPECT_EQ(results[0].chunk.id, "d_4");
  EXPECT_EQ(results[0].chunk.text, "word3 word4 word5");
  EXPECT_EQ(results[1].chunk.id, "d_1");
  EXPECT_EQ(results[1].chunk.text, "word0 word1 word2");
}

}  // namespace
}  // namespace rappel
