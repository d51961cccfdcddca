// Fast paths against their naive twins, on enumerated and random input.
#include <gtest/gtest.h>
#include <unicode/ubrk.h>
#include <unicode/utext.h>

#include "base/os/file.h"
#include "testing/shared_data.h"
#include "text/naive_tokenizer.h"
#include "text/random_text.h"
#include "text/tokenizer.h"
#include "text/unicode.h"

namespace rappel {
namespace {

// The naive twin leaves clusters to ICU.
bool has_new_character(const std::string& text) {
  for (std::size_t at = 0, length; at < text.size(); at += length)
    if (is_new_grapheme_character(utf8_decode(text, at, length))) return true;
  return false;
}

class Twins : public ::testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    const std::string name = GetParam();
    const auto path =
        name.starts_with("testdata/") ? std::optional<std::filesystem::path>(name) : shared_data(name);
    if (!path) GTEST_SKIP() << missing_shared_data();
    fast_ = *Tokenizer::load(*path);
    naive_ = std::make_unique<NaiveTokenizer>(*TokenizerFile::parse(*read_file(*path)));
  }

  void expect_equal(const std::string& text) {
    const auto expected = naive_->encode(text);
    ASSERT_EQ(fast_->encode_bare(text), expected) << ::testing::PrintToString(text);
    // The same text with offsets takes other paths, and a limit stops early.
    const Encoding tracked = fast_->encode(text, {.offsets = true});
    const auto middle = [](const std::vector<TokenId>& ids) {
      return std::vector<TokenId>(ids.begin() + 1, ids.end() - 1);
    };
    ASSERT_EQ(middle(tracked.ids), expected) << ::testing::PrintToString(text);
    const std::size_t half = expected.size() / 2;
    ASSERT_EQ(middle(fast_->encode(text, {.max_length = half + 2}).ids),
              std::vector<TokenId>(expected.begin(), expected.begin() + static_cast<std::ptrdiff_t>(half)));
  }

  std::shared_ptr<const Tokenizer> fast_;
  std::unique_ptr<NaiveTokenizer> naive_;
};

TEST_P(Twins, RandomText) {
  std::mt19937 random(11);
  for (int i = 0; i < 4000; ++i) {
    const std::string text = random_text(random);
    if (has_new_character(text)) continue;
    ASSERT_NO_FATAL_FAILURE(expect_equal(text));
  }
}

TEST_P(Twins, RunsOfFewLetters) {  // many equally good segmentations
  std::mt19937 random(12);
  for (int i = 0; i < 1000; ++i) {
    std::string text;
    for (std::size_t n = random() % 130; n > 0; --n) text += "aabeinrst "[random() % 10];
    ASSERT_NO_FATAL_FAILURE(expect_equal(text));
  }
}

TEST_P(Twins, EveryCharacter) {
  for (char32_t c = 0; c < 0x110000; c += c < 0x3400 ? 1 : 7) {
    if (c >= 0xD800 && c < 0xE000) continue;
    std::string text = "a\u00aa";
    utf8_append(text, c);
    text += "e\u0301 ";
    utf8_append(text, c);
    if (is_new_grapheme_character(c) || c == 0x11938) continue;  // where the reference's Unicode is not ICU's
    ASSERT_EQ(fast_->encode_bare(text), naive_->encode(text)) << std::hex << static_cast<unsigned>(c);
  }
}

INSTANTIATE_TEST_SUITE_P(Files, Twins,
                         ::testing::Values("testdata/tokenizers/unigram.json",
                                           "testdata/tokenizers/wordpiece.json",
                                           "tokenizers/BAAI_bge-m3.tokenizer.json",
                                           "tokenizers/BAAI_bge-reranker-v2-m3.tokenizer.json",
                                           "models/tiny-bert-embedder/tokenizer.json"),
                         [](const auto& file) { return "file" + std::to_string(file.index); });

std::vector<std::size_t> icu_borders(const std::string& text) {
  UErrorCode error = U_ZERO_ERROR;
  UText* view = utext_openUTF8(nullptr, text.data(), static_cast<std::int64_t>(text.size()), &error);
  UBreakIterator* breaks = ubrk_open(UBRK_CHARACTER, "", nullptr, 0, &error);
  ubrk_setUText(breaks, view, &error);
  std::vector<std::size_t> out;
  while (ubrk_next(breaks) != UBRK_DONE) out.push_back(static_cast<std::size_t>(ubrk_current(breaks)));
  ubrk_close(breaks);
  utext_close(view);
  return out;
}

TEST(Graphemes, MatchIcu) {
  std::mt19937 random(13);
  StopPoll never;
  for (int i = 0; i < 20000; ++i) {
    const std::string text = random_text(random, 12);
    if (has_new_character(text)) continue;
    std::vector<std::size_t> borders;
    for (std::size_t at = 0; at < text.size();) borders.push_back(at = grapheme_end(text, at, never));
    ASSERT_EQ(borders, icu_borders(text)) << ::testing::PrintToString(text);
  }
}

}  // namespace
}  // namespace rappel
