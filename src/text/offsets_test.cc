// The promises of tokenizer.h about byte ranges.
#include <gtest/gtest.h>

#include "text/random_text.h"
#include "text/tokenizer.h"
#include "text/unicode.h"

namespace rappel {
namespace {

class Offsets : public ::testing::TestWithParam<const char*> {
 protected:
  void SetUp() override { tokenizer_ = *Tokenizer::load(GetParam()); }

  std::vector<std::string> spans(const std::string& text) {
    const Encoding encoding = tokenizer_->encode(text, {.offsets = true});
    std::vector<std::string> out;
    for (std::size_t i = 1; i + 1 < encoding.offsets.size(); ++i)
      out.push_back(
          text.substr(encoding.offsets[i].begin, encoding.offsets[i].end - encoding.offsets[i].begin));
    return out;
  }

  void expect_promises(const std::string& text) {
    const Encoding encoding = tokenizer_->encode(text, {.offsets = true});
    ASSERT_EQ(encoding.offsets.size(), encoding.ids.size());
    std::uint32_t begin = 0, end = 0;
    std::vector<bool> covered(text.size());
    for (std::size_t i = 1; i + 1 < encoding.offsets.size(); ++i) {
      const ByteRange range = encoding.offsets[i];
      ASSERT_LE(range.begin, range.end);
      ASSERT_LE(range.end, text.size());
      ASSERT_GE(range.begin, begin);
      ASSERT_GE(range.end, end);
      begin = range.begin, end = range.end;
      for (std::uint32_t at = begin; at < end; ++at) covered[at] = true;
    }
    if (encoding.ids.size() == 2 || utf8_valid_prefix(text) != text.size()) return;
    for (std::size_t at = 0, length; at < text.size(); at += length) {
      const char32_t c = utf8_decode(text, at, length);
      if (is_white_space(c)) continue;
      ASSERT_TRUE(covered[at] && covered[at + length - 1]) << ::testing::PrintToString(text) << at;
    }
  }

  std::shared_ptr<const Tokenizer> tokenizer_;
};

TEST_P(Offsets, RandomText) {
  std::mt19937 random(21);
  for (int i = 0; i < 5000; ++i) ASSERT_NO_FATAL_FAILURE(expect_promises(random_text(random)));
}

TEST_P(Offsets, RandomBytes) {
  std::mt19937 random(22);
  for (int i = 0; i < 5000; ++i) {
    std::string text = random_text(random, 10);
    for (std::size_t n = random() % 8; n > 0; --n)
      text.insert(random() % (text.size() + 1), 1, static_cast<char>(random()));
    ASSERT_NO_FATAL_FAILURE(expect_promises(text));
  }
}

INSTANTIATE_TEST_SUITE_P(Files, Offsets,
                         ::testing::Values("testdata/tokenizers/unigram.json",
                                           "testdata/tokenizers/wordpiece.json"),
                         [](const auto& file) { return file.index == 0 ? "Unigram" : "WordPiece"; });

using Spans = std::vector<std::string>;

struct UnigramOffsets : Offsets {
  void SetUp() override { tokenizer_ = *Tokenizer::load("testdata/tokenizers/unigram.json"); }
};
TEST_F(UnigramOffsets, OfKnownText) {
  EXPECT_EQ(spans("the water"), (Spans{"the", " w", "at", "er"}));
  EXPECT_EQ(spans("cafe\u0301"),
            (Spans{"", "ca", "f", "e\u0301"}));             // the mark of the first word has no text
  EXPECT_EQ(spans("\u2122"), (Spans{"\u2122", "\u2122"}));  // "T" and "M"
  EXPECT_EQ(spans("x</s> y"), (Spans{"x", "</s>", " y"}));
  EXPECT_EQ(spans("x <mask>"), (Spans{"x", " <mask>"}));
}
TEST_F(UnigramOffsets, DroppedCharactersBelongToPreviousToken) {
  EXPECT_EQ(spans("x\x01</s>"), (Spans{"x\x01", "</s>"}));
  EXPECT_EQ(spans("\x01</s>"), (Spans{"\x01</s>"}));
}

struct WordPieceOffsets : Offsets {
  void SetUp() override { tokenizer_ = *Tokenizer::load("testdata/tokenizers/wordpiece.json"); }
};
TEST_F(WordPieceOffsets, OfKnownText) {
  EXPECT_EQ(spans("The  WATER."), (Spans{"The", "WATER", "."}));
  EXPECT_EQ(spans("a\u4e00b"), (Spans{"a", "\u4e00", "b"}));
  EXPECT_EQ(spans("\u00c4\xff\u0301."), (Spans{"\u00c4\xff\u0301", "."}));
}

}  // namespace
}  // namespace rappel
