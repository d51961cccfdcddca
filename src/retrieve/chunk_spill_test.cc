#include "retrieve/chunk_spill.h"

#include <gtest/gtest.h>

#include "testing/temp_dir.h"

namespace rappel {
namespace {

NewChunk chunk(std::string text, std::uint32_t begin, std::vector<float> dense) {
  const auto end = begin + static_cast<std::uint32_t>(text.size());
  return {std::move(text), begin, end, std::move(dense)};
}

std::vector<NewChunk> all_chunks(const NewDocument& document) {
  std::vector<NewChunk> chunks;
  EXPECT_TRUE(visit_chunks(document, [&](std::size_t index, const NewChunk& one) {
                EXPECT_EQ(index, chunks.size());
                chunks.push_back(one);
                return Status();
              }).ok());
  return chunks;
}

void expect_equal(const std::vector<NewChunk>& some, const std::vector<NewChunk>& others) {
  ASSERT_EQ(some.size(), others.size());
  for (std::size_t i = 0; i < some.size(); ++i) {
    EXPECT_EQ(some[i].text, others[i].text);
    EXPECT_EQ(some[i].begin, others[i].begin);
    EXPECT_EQ(some[i].end, others[i].end);
    EXPECT_EQ(some[i].dense, others[i].dense);
    EXPECT_EQ(some[i].place, others[i].place);
    EXPECT_EQ(some[i].sparse, others[i].sparse);
    EXPECT_EQ(some[i].colbert, others[i].colbert);
    EXPECT_EQ(some[i].language, others[i].language);
  }
}

TEST(ChunkSpill, DocumentKeepsItsChunksInOrder) {
  const TempDir dir;
  std::vector<NewChunk> expected = {chunk("first", 0, {1, 0}), chunk("", 7, {}),
                                    chunk(std::string("nul\0inside", 10), 9, {0, 1}),
                                    chunk("last", 30, {0.5f, 0.25f})};
  expected[1].place.page = 3;
  expected[1].place.section = {"One", "Two"};
  expected[1].sparse = {{3, 0.25f}, {250001, 1.5f}};
  expected[1].colbert = {2, {0.5f}, {-127, 5}};
  expected[2].language = WordLanguage::kGerman;
  NewDocument document{"d", {}, {expected[0], expected[1]}};
  NewDocument other{"o", {}, {chunk("other", 0, {3})}};
  {
    ChunkSpill spill(dir.path());
    ASSERT_TRUE(spill.move(document).ok());
    ASSERT_TRUE(spill.move(other).ok());
    EXPECT_TRUE(document.chunks.empty());
    document.chunks.push_back(expected[2]);
    ASSERT_TRUE(spill.move(document).ok());
    document.chunks.push_back(expected[3]);
  }
  EXPECT_EQ(chunk_count(document), 4u);
  EXPECT_EQ(chunk_bytes(document), 5 + 10 + 4 + 6 * sizeof(float) + place_bytes(expected[1].place) +
                                       2 * sizeof(TokenWeight) + sizeof(float) + 2);
  for (int again = 0; again < 2; ++again) expect_equal(all_chunks(document), expected);
  EXPECT_EQ(all_chunks(other).size(), 1u);
  EXPECT_TRUE(std::filesystem::is_empty(dir.path()));
}

TEST(ChunkSpill, FolderThatIsMissingLeavesTheDocumentAsItWas) {
  const TempDir dir;
  NewDocument document{"d", {}, {chunk("text", 0, {1})}};
  ChunkSpill spill(dir.path() / "missing");
  EXPECT_EQ(spill.move(document).code(), Code::kUnavailable);
  EXPECT_EQ(document.chunks.size(), 1u);
  EXPECT_EQ(document.waiting, nullptr);
}

TEST(ChunkSpill, FailureOfTheVisitorEndsTheVisit) {
  const TempDir dir;
  NewDocument document{"d", {}, {chunk("a", 0, {1}), chunk("b", 1, {1})}};
  ChunkSpill spill(dir.path());
  ASSERT_TRUE(spill.move(document).ok());
  int visits = 0;
  const auto status = visit_chunks(document, [&](std::size_t, const NewChunk&) {
    ++visits;
    return Status(Code::kUnavailable, "full");
  });
  EXPECT_EQ(status.code(), Code::kUnavailable);
  EXPECT_EQ(visits, 1);
}

}  // namespace
}  // namespace rappel
