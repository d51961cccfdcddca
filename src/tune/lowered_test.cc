#include "tune/lowered.h"

#include <gtest/gtest.h>

namespace rappel {
namespace {

TEST(Lowered, SaysWhatAFewerNumberCosts) {
  EXPECT_EQ(
      lowered_words("RERANK_K", "20", "6"),
      "your RERANK_K=20 becomes 6: fewer candidates are reranked, so good answers that the search ranks "
      "lower are missed");
  EXPECT_EQ(lowered_words("RERANK_K", "6", "20"), "");
  EXPECT_EQ(lowered_words("RERANK_K", "6", "6"), "");
}

TEST(Lowered, PrecisionsHaveAnOrder) {
  EXPECT_EQ(lowered_words("EMBEDDING_PRECISION", "float32", "int8"),
            "your EMBEDDING_PRECISION=float32 becomes int8: vectors are less exact");
  EXPECT_EQ(lowered_words("EMBEDDING_PRECISION", "int8", "half"), "");
  EXPECT_EQ(lowered_words("EMBEDDING_PRECISION", "auto", "int8"), "");
}

TEST(Lowered, AllThreadsAreNotFewer) {
  EXPECT_EQ(lowered_words("RAPPEL_THREADS", "4", "0"), "");
  EXPECT_NE(lowered_words("RAPPEL_THREADS", "4", "2"), "");
}

TEST(Lowered, WordsAreNotNumbers) { EXPECT_EQ(lowered_words("EMBEDDING_DEVICE", "mps", "auto"), ""); }

}  // namespace
}  // namespace rappel
