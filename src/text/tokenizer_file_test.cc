#include "text/tokenizer_file.h"

#include <gtest/gtest.h>

#include <cmath>

namespace rappel {
namespace {

// The reference library prints the right-hand sides for scores that it has read.
TEST(ReferenceDouble, RoundsAsReference) {
  EXPECT_EQ(reference_double("-7.4715776443481445"), -7.471577644348144);
  EXPECT_EQ(reference_double("-7.7206902503967285"), -7.720690250396728);
  EXPECT_EQ(reference_double("-7.7708048820495605"), -7.77080488204956);
  EXPECT_EQ(reference_double("-3.4635426998138428"), -3.4635426998138428);
}

TEST(ReferenceDouble, OtherForms) {
  EXPECT_EQ(reference_double("0"), 0.0);
  EXPECT_TRUE(std::signbit(reference_double("-0.0")));
  EXPECT_EQ(reference_double("-12"), -12.0);
  EXPECT_EQ(reference_double("1.5e2"), 150.0);
  EXPECT_EQ(reference_double("25E-1"), 2.5);
  EXPECT_EQ(reference_double("1e-400"), 0.0);
  EXPECT_EQ(reference_double("1e999999999999"), HUGE_VAL);
  EXPECT_EQ(reference_double("100000000000000000000000"), 1e23);  // more digits than are gathered
  EXPECT_EQ(reference_double("0.12345678901234567890123"), 12345678901234567890.0 / 1e20);
}

TEST(TokenizerFile, ParsesFile) {
  const auto file = TokenizerFile::parse(R"({"version":"1.0","normalizer":null,"added_tokens":[],
      "model":{"unk_id":0,"vocab":[["<unk>",0.0],["\u2581a",-1.25]],"extra":{"x":[1]}},"padding":{"pad_id":1}})");
  ASSERT_TRUE(file.ok()) << file.status().to_string();
  EXPECT_TRUE(file->is_scored);
  ASSERT_EQ(file->vocabulary.size(), 2u);
  EXPECT_EQ(file->vocabulary[1].key,
            "\u2581"
            "a");
  EXPECT_EQ(file->vocabulary[1].value, 1);
  EXPECT_EQ(file->scores[1], -1.25);
  EXPECT_EQ(file->model["unk_id"], 0);
  EXPECT_EQ(file->model["extra"]["x"][0], 1);
  EXPECT_FALSE(file->model.contains("vocab"));
  EXPECT_EQ(file->padding["pad_id"], 1);
  EXPECT_TRUE(file->normalizer.is_null());
}

TEST(TokenizerFile, NumberedVocabulary) {
  const auto file =
      TokenizerFile::parse(R"({"model":{"type":"WordPiece","vocab":{"a":5,"\"b":0},"merges":[]}})");
  ASSERT_TRUE(file.ok());
  EXPECT_FALSE(file->is_scored);
  EXPECT_TRUE(file->has_merges);
  EXPECT_EQ(file->vocabulary[0].value, 5);
  EXPECT_EQ(file->vocabulary[1].key, "\"b");
}

}  // namespace
}  // namespace rappel
