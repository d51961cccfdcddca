#include "index/section_file.h"

#include <gtest/gtest.h>

#include <random>

namespace rappel {
namespace {

std::string sample_file() {
  const std::vector<float> values = {1, 2, 3};
  const std::vector<std::uint8_t> bytes = {7, 8, 9, 10, 11};
  const Section sections[] = {section_of(1, std::span<const float>(values)),
                              section_of(2, std::span<const std::uint8_t>(bytes)),
                              {3, {}}};
  return write_sections(IndexFileKind::kDenseSegment, sections);
}

TEST(SectionFile, ReadsWhatWasWritten) {
  const std::string content = sample_file();
  const auto sections = Sections::parse(content, IndexFileKind::kDenseSegment);
  ASSERT_TRUE(sections.ok());
  std::vector<float> values(3);
  EXPECT_TRUE(sections->copy(1, values.data(), 3).ok());
  EXPECT_EQ(values, (std::vector<float>{1, 2, 3}));
  EXPECT_EQ(sections->bytes(2), 5u);
  EXPECT_EQ(sections->bytes(3), 0u);
  EXPECT_EQ(sections->bytes(4), 0u);
  EXPECT_EQ(sections->copy(1, values.data(), 2).code(), Code::kCorrupt);
}

TEST(SectionFile, FilesWithoutSectionsAndOfAnotherKind) {
  const std::string content = write_sections(IndexFileKind::kDenseCodec, {});
  EXPECT_TRUE(Sections::parse(content, IndexFileKind::kDenseCodec).ok());
  EXPECT_EQ(Sections::parse(content, IndexFileKind::kDenseSegment).status().code(), Code::kCorrupt);
  EXPECT_EQ(Sections::parse("", IndexFileKind::kDenseCodec).status().code(), Code::kCorrupt);
}

// Every bit counts, except in the padding between sections.
TEST(SectionFile, EveryDamageIsNoticedOrHarmless) {
  const std::string content = sample_file();
  for (std::size_t bit = 0; bit < 8 * content.size(); ++bit) {
    std::string damaged = content;
    damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ 1 << bit % 8);
    const auto sections = Sections::parse(damaged, IndexFileKind::kDenseSegment);
    if (!sections.ok()) continue;
    std::vector<float> values(3);
    ASSERT_TRUE(sections->copy(1, values.data(), 3).ok());
    EXPECT_EQ(values, (std::vector<float>{1, 2, 3})) << "bit " << bit;
    EXPECT_EQ(sections->bytes(2), 5u);
  }
  for (std::size_t size = 0; size < content.size(); ++size)
    EXPECT_FALSE(
        Sections::parse(std::string_view(content).substr(0, size), IndexFileKind::kDenseSegment).ok());
  EXPECT_FALSE(Sections::parse(content + "x", IndexFileKind::kDenseSegment).ok());
}

}  // namespace
}  // namespace rappel
