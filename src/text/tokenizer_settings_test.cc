// The files in the folder of a tokenizer.json. Right-hand sides come from AutoTokenizer of
// transformers 4.57.6 (tokenizers 0.22.2) answered for the same folders.
#include "text/tokenizer_settings.h"

#include <gtest/gtest.h>

#include <fstream>
#include <functional>

#include "base/os/file.h"
#include "testing/temp_dir.h"
#include "text/tokenizer.h"

namespace rappel {
namespace {

using Ids = std::vector<TokenId>;
using Texts = std::vector<std::string>;
using Change = std::function<void(Json&)>;

constexpr const char* kWordPiece = "testdata/tokenizers/wordpiece.json";
constexpr const char* kUnigram = "testdata/tokenizers/unigram.json";
constexpr const char* kBert = R"({"model_type":"bert","vocab_size":400})";
constexpr const char* kRoberta = R"({"model_type":"xlm-roberta","vocab_size":1000})";

class SettingsTest : public testing::Test {
 protected:
  void write(const std::string& name, const std::string& content) {
    std::ofstream(dir_.path() / name, std::ios::binary) << content;
  }
  void base(const char* path, const char* config, const Change& change = {}) {
    Json json = *parse_json(*read_file(path));
    if (change) change(json);
    write("tokenizer.json", dump_json(json));
    write("config.json", config);
  }
  Ids ids(const std::string& text) {
    const auto tokenizer = Tokenizer::load(dir_.path() / "tokenizer.json");
    EXPECT_TRUE(tokenizer.ok()) << tokenizer.status().to_string();
    return tokenizer.ok() ? (*tokenizer)->encode(text, {}).ids : Ids();
  }
  TokenizerFacts facts() {
    auto loaded = load_tokenizer_file(dir_.path() / "tokenizer.json");
    EXPECT_TRUE(loaded.ok()) << loaded.status().to_string();
    return loaded.ok() ? loaded->facts : TokenizerFacts();
  }
  Status error() { return load_tokenizer_file(dir_.path() / "tokenizer.json").status(); }
  TempDir dir_;
};

Change lowercase(bool value) {
  return [value](Json& json) { json["normalizer"]["lowercase"] = value; };
}

const Texts kTexts = {"The Water", "Caf\u00e9 the", "the\u6c34the"};
const std::vector<Ids> kUncased = {{2, 126, 152, 3}, {2, 189, 126, 3}, {2, 126, 1, 126, 3}};
const std::vector<Ids> kCased = {{2, 1, 1, 3}, {2, 1, 126, 3}, {2, 126, 1, 126, 3}};

TEST_F(SettingsTest, DoLowerCaseOfTokenizerConfigWins) {
  const struct {
    bool file;           // lowercase of tokenizer.json
    const char* config;  // tokenizer_config.json; null: none
    const std::vector<Ids>& expected;
    const char* note;
  } kCases[] = {
      {true, R"({"do_lower_case":true})", kUncased, ""},
      {false, R"({"do_lower_case":false})", kCased, ""},
      {true, R"({"do_lower_case":false})", kCased,
       "lower case: off, from tokenizer_config.json (do_lower_case); tokenizer.json says on"},
      {false, R"({"do_lower_case":true,"tokenizer_class":"BertTokenizerFast"})", kUncased,
       "lower case: on, from tokenizer_config.json (do_lower_case); tokenizer.json says off"},
      {false, R"({"tokenizer_class":"BertTokenizer"})", kUncased,
       "lower case: on, from the defaults of transformers (tokenizer_config.json has no do_lower_case); "
       "tokenizer.json says off"},
      {false, nullptr, kUncased,
       "lower case: on, from the defaults of transformers (tokenizer_config.json is missing); tokenizer.json "
       "says off"},
      {false, R"({"do_lower_case":true,"tokenizer_class":"PreTrainedTokenizerFast"})", kCased, ""},
  };
  for (const auto& one : kCases) {
    SCOPED_TRACE(one.note + std::string(one.config == nullptr ? "" : one.config));
    base(kWordPiece, kBert, lowercase(one.file));
    std::filesystem::remove(dir_.path() / "tokenizer_config.json");
    if (one.config != nullptr) write("tokenizer_config.json", one.config);
    for (std::size_t i = 0; i < kTexts.size(); ++i) EXPECT_EQ(ids(kTexts[i]), one.expected[i]) << kTexts[i];
    const TokenizerFacts found = facts();
    EXPECT_EQ(found.notes.empty() ? "" : found.notes[0], one.note);
    EXPECT_EQ(found.changes.empty(), found.notes.empty());
    EXPECT_EQ(found.lowers, &one.expected == &kUncased);
  }
}

// A tokenizer.json alone, without a model around it, is taken as it is.
TEST_F(SettingsTest, LoneTokenizerJsonKeepsItsCase) {
  base(kWordPiece, kBert, lowercase(false));
  std::filesystem::remove(dir_.path() / "config.json");
  EXPECT_EQ(ids(kTexts[0]), kCased[0]);
}

TEST_F(SettingsTest, AccentsAndChineseCharacters) {
  base(kWordPiece, kBert);
  write("tokenizer_config.json", R"({"do_lower_case":true,"strip_accents":false})");
  EXPECT_EQ(ids(kTexts[1]), (Ids{2, 1, 126, 3}));
  write("tokenizer_config.json", R"({"do_lower_case":true,"tokenize_chinese_chars":false})");
  EXPECT_EQ(ids(kTexts[2]), (Ids{2, 1, 3}));
  base(kWordPiece, kBert, [](Json& json) { json["normalizer"]["strip_accents"] = false; });
  write("tokenizer_config.json", R"({"do_lower_case":true})");
  EXPECT_EQ(ids(kTexts[1]), kUncased[1]);
  // Null follows the lower-casing: nothing differs.
  base(kWordPiece, kBert, [](Json& json) { json["normalizer"]["strip_accents"] = true; });
  EXPECT_TRUE(facts().notes.empty());
}

TEST_F(SettingsTest, NormalizerSequenceIsKept) {
  base(kWordPiece, kBert, [](Json& json) {
    Json step = json["normalizer"];
    step["lowercase"] = false;
    json["normalizer"] = {{"type", "Sequence"}, {"normalizers", Json::array({step})}};
  });
  write("tokenizer_config.json", R"({"do_lower_case":true})");
  EXPECT_EQ(ids(kTexts[0]), kCased[0]);
  EXPECT_FALSE(facts().lowers);
}

std::string token(const std::string& content, const std::string& more = "") {
  return R"({"content":")" + content +
         R"(","single_word":false,"lstrip":false,"rstrip":false,"normalized":false,"special":true)" + more +
         "}";
}
std::string decoder(const std::string& tokens) {
  return R"({"do_lower_case":true,"added_tokens_decoder":{)" + tokens + "}}";
}

TEST_F(SettingsTest, AddedTokensDecoder) {
  base(kWordPiece, kBert);
  write("tokenizer_config.json", decoder("\"332\":" + token("<b>") + ",\"331\":" + token("<a>")));
  EXPECT_EQ(ids("the <a> <b>"), (Ids{2, 126, 331, 332, 3}));
  EXPECT_EQ(facts().notes, Texts{"added tokens: \"<a>\", \"<b>\", from tokenizer_config.json "
                                 "(added_tokens_decoder); tokenizer.json does not list them"});
  EXPECT_NE(facts().changes, "");
  write("tokenizer_config.json", decoder("\"126\":" + token("the")));
  EXPECT_EQ(ids("the water waters thewater"), (Ids{2, 126, 152, 152, 130, 126, 152, 3}));
  write("tokenizer_config.json", decoder(R"("331":{"content":"FOO","special":false,"normalized":true})"));
  EXPECT_EQ(ids("the FOO foo xfoox"), (Ids{2, 126, 331, 331, 66, 331, 66, 3}));
}

TEST_F(SettingsTest, AddedTokensDecoderReplacesFlags) {
  base(kWordPiece, kBert);
  write("tokenizer_config.json", decoder("\"4\":" + token("[MASK]")));
  EXPECT_TRUE(facts().notes.empty());
  EXPECT_EQ(facts().changes, "");
  EXPECT_EQ(ids("the[MASK]water"), (Ids{2, 126, 4, 152, 3}));
  write("tokenizer_config.json", decoder("\"4\":" + token("[MASK]", R"(,"single_word":true)")));
  EXPECT_EQ(ids("the [MASK] water"), (Ids{2, 126, 4, 152, 3}));
  EXPECT_EQ(ids("the[MASK]water"), (Ids{2, 126, 37, 55, 131, 130, 149, 39, 152, 3}));
  EXPECT_EQ(facts().notes, Texts{"added tokens: the flags of \"[MASK]\" are those of tokenizer_config.json "
                                 "(added_tokens_decoder); tokenizer.json has others"});
  base(kUnigram, kRoberta);
  write("tokenizer_config.json", R"({"tokenizer_class":"XLMRobertaTokenizer","mask_token":"<mask>",)"
                                 R"("added_tokens_decoder":{"900":)" +
                                     token("<mask>") + "}}");
  EXPECT_EQ(ids("a <mask> b"), (Ids{0, 10, 6, 900, 483, 2}));
}

// AutoTokenizer numbers tokens itself, whatever the files say.
TEST_F(SettingsTest, ContradictingIdsAreRefused) {
  base(kWordPiece, kBert);
  for (const std::string& tokens :
       {"\"336\":" + token("<a>"), "\"7\":" + token("the"), "\"5\":" + token("[MASK]")}) {
    write("tokenizer_config.json", decoder(tokens));
    EXPECT_EQ(error().code(), Code::kCorrupt) << tokens;
    EXPECT_NE(error().message().find("tokenizer_config.json (added_tokens_decoder): token \""),
              std::string::npos)
        << error().message();
    EXPECT_FALSE(Tokenizer::load(dir_.path() / "tokenizer.json").ok());
  }
  for (const std::string& tokens : {"\"x\":" + token("<a>"), std::string(R"("331":{"content":5})"),
                                    std::string(R"("331":"<a>")"), "\"-1\":" + token("<a>")}) {
    write("tokenizer_config.json", decoder(tokens));
    EXPECT_EQ(error().code(), Code::kCorrupt) << tokens;
  }
}

TEST_F(SettingsTest, SpecialTokensOfOtherFiles) {
  base(kWordPiece, kBert);
  write("tokenizer_config.json", R"({"do_lower_case":true})");
  write("special_tokens_map.json", R"({"additional_special_tokens":["<a>","the"],"mask_token":"[MASK]"})");
  EXPECT_EQ(ids("the <a> water"), (Ids{2, 126, 331, 152, 3}));
  // The map is not read where an added_tokens_decoder is there.
  write("tokenizer_config.json", decoder("\"4\":" + token("[MASK]")));
  EXPECT_EQ(ids("the <a> water"), (Ids{2, 126, 32, 43, 34, 152, 3}));
  std::filesystem::remove(dir_.path() / "special_tokens_map.json");
  write("tokenizer_config.json", R"({"do_lower_case":true,"additional_special_tokens":["<a>"]})");
  EXPECT_EQ(ids("the <a> water"), (Ids{2, 126, 331, 152, 3}));
  write("tokenizer_config.json", R"({"do_lower_case":true,"extra_special_tokens":{"x_token":"<zz>"}})");
  EXPECT_EQ(ids("the <zz>"), (Ids{2, 126, 331, 3}));
  // A special token keeps the flags that tokenizer.json gives it.
  write(
      "tokenizer_config.json",
      R"({"do_lower_case":true,"mask_token":{"__type":"AddedToken","content":"[MASK]","single_word":true}})");
  EXPECT_EQ(ids("the[MASK]x"), (Ids{2, 126, 4, 66, 3}));
}

TEST_F(SettingsTest, AddedTokensJson) {
  base(kWordPiece, kBert);
  write("tokenizer_config.json", R"({"do_lower_case":true})");
  write("added_tokens.json", R"({"<a>":331,"<b>":332})");
  EXPECT_EQ(ids("the <a> <b>"), (Ids{2, 126, 331, 332, 3}));
  write("tokenizer_config.json", decoder("\"4\":" + token("[MASK]")));
  EXPECT_EQ(ids("the <a> <b>"), (Ids{2, 126, 32, 43, 34, 32, 44, 34, 3}));
}

TEST_F(SettingsTest, TokensWithoutARowAreLeftOut) {
  base(kWordPiece, R"({"model_type":"bert","vocab_size":331})");
  write("tokenizer_config.json", R"({"do_lower_case":true,"pad_token":"<pad>"})");
  EXPECT_EQ((*Tokenizer::load(dir_.path() / "tokenizer.json"))->vocabulary_size(), 331u);
  EXPECT_EQ(facts().notes,
            Texts{"added tokens: \"<pad>\" of tokenizer_config.json left out, because the model has "
                  "no row for them"});
}

TEST_F(SettingsTest, TokenTypesOfPairs) {
  const auto types = [&](const std::string& config) {
    write("tokenizer_config.json", config);
    const auto tokenizer = *Tokenizer::load(dir_.path() / "tokenizer.json");
    return tokenizer->encode_pair({10}, {11}, {}).type_ids;
  };
  using Types = std::vector<std::uint8_t>;
  base(kWordPiece, kBert);
  EXPECT_EQ(types("{}"), (Types{0, 0, 0, 1, 1}));
  EXPECT_EQ(facts().token_types, 2);
  EXPECT_EQ(types(R"({"model_input_names":["input_ids","attention_mask"]})"), Types());
  EXPECT_EQ(facts().token_types, 1);
  base(kUnigram, kRoberta, [](Json& json) {
    Json& pair = json["post_processor"]["pair"];
    for (std::size_t i = 4; i < pair.size(); ++i) pair[i].begin().value()["type_id"] = 1;
  });
  EXPECT_EQ(types("{}"), Types());
  EXPECT_EQ(types(R"({"tokenizer_class":"XLMRobertaTokenizerFast"})"), Types());
  EXPECT_EQ(types(R"({"tokenizer_class":"PreTrainedTokenizerFast"})"), (Types{0, 0, 0, 0, 1, 1}));
  EXPECT_EQ(facts().token_types, 2);
}

TEST_F(SettingsTest, UnsupportedSettingsAreNamed) {
  base(kWordPiece, kBert);
  for (const char* config : {R"({"truncation_side":"left"})", R"({"split_special_tokens":true})"}) {
    write("tokenizer_config.json", config);
    EXPECT_EQ(error().code(), Code::kUnsupported) << config;
    EXPECT_NE(error().message().find("tokenizer_config.json: "), std::string::npos) << error().message();
  }
  for (const char* config : {"[]", "{", "3", R"({"do_lower_case":"yes"})", R"({"tokenizer_class":3})",
                             R"({"added_tokens_decoder":[]})", R"({"additional_special_tokens":"x"})"}) {
    write("tokenizer_config.json", config);
    EXPECT_EQ(error().code(), Code::kCorrupt) << config;
  }
  write("tokenizer_config.json", R"({"truncation_side":"right","split_special_tokens":false})");
  EXPECT_TRUE(error().ok());
}

}  // namespace
}  // namespace rappel
