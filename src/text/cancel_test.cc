// Each step of tokenizing ends soon after a stop, whatever the text is made of.
#include <gtest/gtest.h>

#include "text/added_tokens.h"
#include "text/bert_normalizer.h"
#include "text/tokenizer.h"
#include "text/unicode.h"

namespace rappel {
namespace {

constexpr std::size_t kPieces = 1'000'000;
constexpr std::size_t kSoon = 4 * StopPoll::kSteps;  // bytes or tokens

std::stop_token stopped() {
  std::stop_source source;
  source.request_stop();
  return source.get_token();
}

std::string repeated(std::string_view piece) {
  std::string out;
  for (std::size_t i = 0; i < kPieces; ++i) out += piece;
  return out;
}

TEST(CancelledTokenizer, HasFewTokensOfAnyText) {
  for (const char* file : {"testdata/tokenizers/unigram.json", "testdata/tokenizers/wordpiece.json"}) {
    const auto tokenizer = *Tokenizer::load(file);
    for (const char* piece : {"the ", "a", "\u0301", "\U0001F1EB\U0001F1F7", "<", "</s>", "\x80", "\u302e"}) {
      const std::string text = repeated(piece);
      EXPECT_LT(tokenizer->encode(text, {.offsets = true, .cancel = stopped()}).ids.size(), kSoon)
          << file << " " << piece;
      EXPECT_LT(tokenizer->encode_bare(text, stopped()).size(), kSoon) << file << " " << piece;
    }
  }
}

TEST(CancelledTokenizer, StepsEnd) {
  const std::string marks = repeated("\u0301"), tokens = repeated("<s>");
  StopPoll stop(stopped());
  EXPECT_LT(grapheme_end(marks, 0, stop), kSoon);
  std::vector<TextPart> parts;
  stop = StopPoll(stopped());
  AddedTokens::build({{.id = 7, .content = "<s>"}}).value().split(tokens, parts, stop);
  EXPECT_LT(parts.size(), kSoon);
  EXPECT_EQ(parts.back().end, tokens.size());
}

TEST(CancelledTokenizer, NormalizersEnd) {
  const auto bert = *bert_normalizer_from_json(Json::object());
  for (const char* piece : {"a", "\u00e9", "\u0301", "\u302e"})
    for (const bool tracked : {false, true}) {
      NormalText in, out;
      in.assign(repeated(piece), 0, tracked);
      out.clear(tracked);
      StopPoll stop(stopped());
      bert->apply(in, out, stop);
      EXPECT_LT(out.text.size(), kSoon) << piece;
    }
}

TEST(CancelledTokenizer, WithoutAStopNothingIsMissing) {
  const auto tokenizer = *Tokenizer::load("testdata/tokenizers/wordpiece.json");
  const std::stop_source source;
  const std::string text = repeated("a ");
  EXPECT_EQ(tokenizer->encode_bare(text, source.get_token()).size(), kPieces);
}

// Marks beyond the stream-safe format are ordered in parts, so that their memory is bounded.
TEST(BertNormalizer, EndlessMarksKeepTheirNumber) {
  const auto tokenizer = *Tokenizer::load("testdata/tokenizers/wordpiece.json");
  const std::string text = "a" + repeated("\u302e");
  EXPECT_EQ(tokenizer->encode(text, {.offsets = true}).offsets[1].end, text.size());
}

}  // namespace
}  // namespace rappel
