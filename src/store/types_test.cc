#include "store/types.h"

#include <gtest/gtest.h>

namespace rappel {
namespace {

TEST(StoreTypes, AChunkIdIsTheDocumentsIdAndTheIndex) {
  EXPECT_EQ(chunk_id("d", 0), "d_0");
  EXPECT_EQ(chunk_id("a_b", 12), "a_b_12");
}

TEST(StoreTypes, ASampleHasTheFirstCodePoints) {
  EXPECT_EQ(sample_text_of(""), "");
  EXPECT_EQ(sample_text_of("short"), "short");
  EXPECT_EQ(sample_text_of(std::string(kSampleCodePoints + 1, 'x')), std::string(kSampleCodePoints, 'x'));
  std::string euros;
  for (std::size_t i = 0; i <= kSampleCodePoints; ++i) euros += "\xE2\x82\xAC";
  EXPECT_EQ(sample_text_of(euros), euros.substr(0, 3 * kSampleCodePoints));
  EXPECT_EQ(sample_text_of(euros.substr(0, 8)), euros.substr(0, 6)) << "a cut character is left out";
}

}  // namespace
}  // namespace rappel
