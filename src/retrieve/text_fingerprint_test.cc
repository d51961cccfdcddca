#include "retrieve/text_fingerprint.h"

#include <gtest/gtest.h>

#include <bit>
#include <random>

namespace rappel {
namespace {

std::string random_text(unsigned seed, std::size_t words) {
  std::mt19937 random(seed);
  std::string text;
  for (std::size_t i = 0; i < words; ++i) text += "w" + std::to_string(random() % 500) + " ";
  return text;
}

int distance(const std::string& a, const std::string& b) {
  const auto first = text_fingerprint(a), second = text_fingerprint(b);
  return first && second ? std::popcount(*first ^ *second) : -1;
}

TEST(TextFingerprint, DependsOnWordsAlone) {
  const std::string text = random_text(1, 50);
  EXPECT_EQ(distance(text, " \n" + text + "."), 0);
  EXPECT_EQ(distance("One two THREE four five six, seven eight nine ten eleven twelve",
                     "one  two three\nfour five six seven eight nine: ten ELEVEN twelve!"),
            0);
  EXPECT_FALSE(text_fingerprint("eleven words are too few for shingles that say any thing").has_value());
  EXPECT_TRUE(text_fingerprint("\u4e00\u4e8c\u4e09\u56db\u4e94\u516d\u4e03\u516b\u4e5d\u5341\u767e\u5343")
                  .has_value())
      << "each of these characters is a word";
}

TEST(TextFingerprint, OrderOfWordsCounts) {
  EXPECT_GT(distance("a b c d e f g h i j k l m n", "n m l k j i h g f e d c b a"), kNearBits);
}

TEST(TextFingerprint, SmallChangesAreNearAndOtherTextsAreNot) {
  for (unsigned seed = 1; seed <= 20; ++seed) {
    const std::string text = random_text(seed, 1000);
    EXPECT_LE(distance(text, text + "some words at the end"), kNearBits) << seed;
    EXPECT_LE(distance(text, text.substr(0, 2000) + "inserted here " + text.substr(2000)), kNearBits) << seed;
    EXPECT_GT(distance(text, random_text(seed + 100, 1000)), kNearBits) << seed;
    EXPECT_GT(distance(text, text.substr(0, text.size() / 2)), kNearBits) << seed;
  }
}

TEST(NearTexts, ComparesWithTheNewestOfEachId) {
  NearTexts texts;
  texts.add(0b0000, "a");
  texts.add(0b0111, "b");
  texts.add(0xffff, "far");
  const auto near = [&](const char* id, std::size_t limit, const std::string& gone = "") {
    return texts.near(0b0001, id, limit, [&](const std::string& found) { return found != gone; });
  };
  EXPECT_EQ(near("new", 3), (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(near("new", 1), std::vector<std::string>{"a"});
  EXPECT_EQ(near("new", 1, "a"), std::vector<std::string>{"b"}) << "a is not there any more";
  EXPECT_EQ(near("a", 3), std::vector<std::string>{"b"});
  texts.add(0xffff0000, "a");
  EXPECT_EQ(near("new", 3), std::vector<std::string>{"b"});
}

}  // namespace
}  // namespace rappel
