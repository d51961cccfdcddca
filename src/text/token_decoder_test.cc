#include "text/token_decoder.h"

#include <gtest/gtest.h>

#include "codec/json.h"
#include "testing/json_lines.h"
#include "text/token_texts.h"

namespace rappel {
namespace {

using Ids = std::vector<TokenId>;

Result<TokenDecoder> decoder_of(const char* config, const std::vector<TrieEntry>& vocabulary,
                                const char* added = "[]") {
  return TokenDecoder::build(*parse_json(config), vocabulary, *parse_json(added));
}

// As Hugging Face `tokenizers` (testdata/tokenizers/make.py).
TEST(TokenDecoder, TextsOfTheSmallTokenizers) {
  std::map<std::string, std::shared_ptr<const Tokenizer>> tokenizers;
  for (const std::string name : {"unigram", "wordpiece"}) {
    auto loaded = Tokenizer::load("testdata/tokenizers/" + name + ".json");
    ASSERT_TRUE(loaded.ok()) << loaded.status().to_string();
    tokenizers[name] = *loaded;
  }
  const auto rows = read_json_lines("testdata/tokenizers/decoded.jsonl");
  ASSERT_GT(rows.size(), 100u);
  for (const Json& row : rows) {
    const Tokenizer& tokenizer = *tokenizers.at(row["tokenizer"].get<std::string>());
    ASSERT_NE(token_texts(tokenizer), nullptr);
    const auto text = token_texts(tokenizer)->decode(row["ids"].get<Ids>(), row["skip"].get<bool>());
    ASSERT_TRUE(text.ok());
    EXPECT_EQ(*text, row["text"].get<std::string>()) << row.dump();
  }
}

TEST(TokenDecoder, WithoutADecoderTokensAreJoined) {
  const auto decoder = decoder_of("null", {{"a", 0}, {"b", 7}});
  ASSERT_TRUE(decoder.ok());
  EXPECT_EQ(*decoder->decode(Ids{7, 3, 0, -1, 1 << 30}, false), "b a");
  EXPECT_EQ(decoder->text_of(7), "b");
  EXPECT_EQ(decoder->text_of(3), "");
}

TEST(TokenDecoder, MarkOfTheFirstTokenStaysWhereNoneIsPut) {
  const char* never = R"({"type":"Metaspace","replacement":"_","prepend_scheme":"never"})";
  EXPECT_EQ(*decoder_of(never, {{"_a", 0}})->decode(Ids{0, 0}, false), " a a");
  const char* old = R"({"type":"Metaspace","replacement":"_","add_prefix_space":true})";
  EXPECT_EQ(*decoder_of(old, {{"_a", 0}})->decode(Ids{0, 0}, false), "a a");
}

TEST(TokenDecoder, AddedTokensCountFirst) {
  const auto decoder = decoder_of("null", {{"a", 0}, {"b", 1}},
                                  R"([{"id":1,"content":"<x>","special":true},{"id":5,"content":"<y>"}])");
  ASSERT_TRUE(decoder.ok());
  EXPECT_EQ(*decoder->decode(Ids{0, 1, 5}, false), "a <x> <y>");
  EXPECT_EQ(*decoder->decode(Ids{0, 1, 5}, true), "a <y>");
}

TEST(TokenDecoder, AnotherDecoderFailsWhenItIsUsed) {
  const auto decoder = decoder_of(R"({"type":"ByteLevel"})", {{"a", 0}});
  ASSERT_TRUE(decoder.ok());
  EXPECT_EQ(decoder->decode(Ids{0}, false).status().code(), Code::kUnsupported);
}

TEST(TokenDecoder, MembersOfOtherTypesAreCorrupt) {
  for (const char* config : {R"({"type":3})", R"({"type":"Metaspace","replacement":3})",
                             R"({"type":"WordPiece","prefix":"##","cleanup":3})", R"([])"})
    EXPECT_EQ(decoder_of(config, {}).status().code(), Code::kCorrupt) << config;
}

TEST(TokenDecoder, AnEmptyMarkChangesNothing) {
  EXPECT_EQ(*decoder_of(R"({"type":"Metaspace","replacement":""})", {{"a", 0}})->decode(Ids{0, 0}, false),
            "aa");
}

}  // namespace
}  // namespace rappel
