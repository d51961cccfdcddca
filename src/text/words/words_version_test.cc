#include "text/words/words_version.h"

#include <gtest/gtest.h>

namespace rappel {
namespace {

TEST(WordsVersion, NamesWhatWordsDependOn) {
  EXPECT_TRUE(words_version().starts_with("rules 1, names 1, ICU ")) << words_version();
  EXPECT_NE(words_version().find(", stems "), std::string::npos);
  EXPECT_TRUE(words_version().ends_with(", BM25 1.2 0.75 200"));
}

}  // namespace
}  // namespace rappel
