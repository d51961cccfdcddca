// Behaviour that needs no large file: cases of the small tokenizers, pairs, specials, hostile files.
#include "text/tokenizer.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <fstream>
#include <random>
#include <thread>

#include "base/os/file.h"
#include "testing/json_lines.h"
#include "testing/temp_dir.h"
#include "text/random_text.h"

namespace rappel {
namespace {

using Ids = std::vector<TokenId>;

constexpr const char* kUnigram = "testdata/tokenizers/unigram.json";
constexpr const char* kWordPiece = "testdata/tokenizers/wordpiece.json";

TEST(SmallTokenizers, MatchReference) {
  const auto unigram = *Tokenizer::load(kUnigram), wordpiece = *Tokenizer::load(kWordPiece);
  const auto rows = read_json_lines("testdata/tokenizers/cases.jsonl");
  ASSERT_GT(rows.size(), 300u);
  for (const Json& row : rows) {
    const auto text = row["text"].get<std::string>();
    EXPECT_EQ(unigram->encode(text, {}).ids, row["unigram"].get<Ids>()) << row["text"];
    EXPECT_EQ(wordpiece->encode(text, {}).ids, row["wordpiece"].get<Ids>()) << row["text"];
  }
}

TEST(SmallTokenizers, SpecialTokens) {
  const auto unigram = *Tokenizer::load(kUnigram);
  EXPECT_EQ(unigram->pad_id(), 1);
  EXPECT_EQ(unigram->non_lexical_ids(), (Ids{0, 1, 2, 3}));
  EXPECT_EQ(unigram->special_tokens_single(), 2u);
  EXPECT_EQ(unigram->special_tokens_pair(), 4u);
  const auto wordpiece = *Tokenizer::load(kWordPiece);
  EXPECT_EQ(wordpiece->pad_id(), 0);
  EXPECT_EQ(wordpiece->non_lexical_ids(), (Ids{0, 1, 2, 3}));
  EXPECT_EQ(wordpiece->special_tokens_single(), 2u);
  EXPECT_EQ(wordpiece->special_tokens_pair(), 3u);
}

// Looking at each of them at each place would take hours here.
TEST(SmallTokenizers, ManyAddedTokensAreFoundInLongText) {
  const TempDir dir;
  Json file = *parse_json(*read_file(kWordPiece));
  const auto first = static_cast<int>((*Tokenizer::load(kWordPiece))->vocabulary_size());
  for (int i = 0; i < 20'000; ++i)
    file["added_tokens"].push_back({{"id", first + i}, {"content", "<<extra" + std::to_string(i)}});
  std::ofstream(dir.path() / "tokenizer.json") << file.dump();
  const auto tokenizer = Tokenizer::load(dir.path() / "tokenizer.json");
  ASSERT_TRUE(tokenizer.ok()) << tokenizer.status().to_string();
  const std::string text = std::string(2'000'000, '<') + "extra1234";
  const Ids ids = (*tokenizer)->encode_bare(text);
  EXPECT_EQ(ids.back(), first + 1234) << "the longest one";
}

TEST(SmallTokenizers, MaxLengthCutsOnTheRight) {
  const auto tokenizer = *Tokenizer::load(kWordPiece);
  const Ids whole = tokenizer->encode("the quick brown fox jumps", {}).ids;
  ASSERT_GT(whole.size(), 6u);
  for (std::size_t most = 2; most <= whole.size() + 1; ++most) {
    Ids expected(whole.begin(),
                 whole.begin() + static_cast<std::ptrdiff_t>(std::min(most, whole.size()) - 1));
    expected.push_back(whole.back());
    const Encoding cut =
        tokenizer->encode("the quick brown fox jumps", {.max_length = most, .offsets = true});
    EXPECT_EQ(cut.ids, expected);
    EXPECT_EQ(cut.offsets.size(), expected.size());
  }
  EXPECT_EQ(tokenizer->encode("the", {.max_length = 0}).ids.size(), 2u);  // the special tokens alone
}

TEST(SmallTokenizers, InvalidUtf8) {
  for (const char* path : {kUnigram, kWordPiece}) {
    const auto tokenizer = *Tokenizer::load(path);
    EXPECT_EQ(tokenizer->encode("the \xff\xfe water\xe2\x82", {}).ids,
              tokenizer->encode("the \xEF\xBF\xBD\xEF\xBF\xBD water\xEF\xBF\xBD", {}).ids);
  }
}

TEST(SmallTokenizers, RandomBytes) {
  std::mt19937 random(31);
  for (const char* path : {kUnigram, kWordPiece}) {
    const auto tokenizer = *Tokenizer::load(path);
    for (int i = 0; i < 3000; ++i) {
      std::string text(random() % 200, '\0');
      for (char& c : text) c = static_cast<char>(random());
      for (const TokenId id : tokenizer->encode(text, {.offsets = i % 2 == 0}).ids)
        ASSERT_LT(static_cast<std::size_t>(id), tokenizer->vocabulary_size());
    }
  }
}

TEST(SmallTokenizers, OneInstanceForManyThreads) {
  const auto tokenizer = *Tokenizer::load(kUnigram);
  std::mt19937 random(32);
  std::vector<std::string> texts(300);
  for (std::string& text : texts) text = random_text(random);
  std::vector<Ids> expected;
  for (const std::string& text : texts) expected.push_back(tokenizer->encode_bare(text));
  std::atomic<int> wrong = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i)
    threads.emplace_back([&] {
      for (std::size_t at = 0; at < texts.size(); ++at)
        wrong += tokenizer->encode_bare(texts[at]) != expected[at];
    });
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(wrong, 0);
}

// FlagEmbedding's rule, and for what it leaves too long: drop from the longer one until the pair fits.
TEST(EncodePair, LengthsOfBothParts) {
  const auto tokenizer = *Tokenizer::load(kWordPiece);
  constexpr TokenId kQuery = 7, kPassage = 8;
  for (const std::size_t max_length : {3u, 4u, 5u, 8u, 16u, 17u, 64u})
    for (std::size_t query = 0; query < 80; query += 3)
      for (std::size_t passage = 0; passage < 80; passage += 3)
        for (const std::size_t query_most : {0u, 1u, 10u, 64u}) {
          const Encoding pair =
              tokenizer->encode_pair(Ids(query, kQuery), Ids(passage, kPassage),
                                     {.max_length = max_length, .query_max_length = query_most});
          const std::size_t room = max_length - 3;
          std::size_t first = std::min(query, query_most == 0 ? max_length * 3 / 4 : query_most);
          std::size_t second = std::min(passage, max_length);
          if (first < room) second = std::min(second, room - first);
          const bool first_is_shorter = first <= second;
          while (first + second > room) {
            if (first == second ? !first_is_shorter : first < second)
              --second;
            else
              --first;
          }
          const auto count = [&](TokenId id) {
            return static_cast<std::size_t>(std::count(pair.ids.begin(), pair.ids.end(), id));
          };
          EXPECT_EQ(count(kQuery), first)
              << max_length << ' ' << query << ' ' << passage << ' ' << query_most;
          EXPECT_EQ(count(kPassage), second)
              << max_length << ' ' << query << ' ' << passage << ' ' << query_most;
          EXPECT_LE(pair.ids.size(), max_length);
        }
}

TEST(EncodePair, EmptyPassageKeepsPairForm) {
  const auto unigram = *Tokenizer::load(kUnigram);
  EXPECT_EQ(unigram->encode_pair({10}, {}, {}).ids, (Ids{0, 10, 2, 2, 2}));
  const auto wordpiece = *Tokenizer::load(kWordPiece);
  const Encoding pair = wordpiece->encode_pair({10}, {11, 12}, {});
  EXPECT_EQ(pair.ids, (Ids{2, 10, 3, 11, 12, 3}));
  EXPECT_EQ(pair.type_ids, (std::vector<std::uint8_t>{0, 0, 0, 1, 1, 1}));
}

// Files that are wrong.

class HostileFiles : public ::testing::Test {
 protected:
  Json config(const char* path) { return *parse_json(*read_file(path)); }

  Status load_text(const std::string& content) {
    const auto path = dir_.path() / "tokenizer.json";
    std::ofstream(path, std::ios::binary) << content;
    const auto loaded = Tokenizer::load(path);
    if (loaded.ok()) (*loaded)->encode("the water <mask> \xef\xac\x81\xcc\x81 \xff", {.offsets = true});
    return loaded.status();
  }

  void expect(Code code, const std::string& words, const std::string& content) {
    const Status status = load_text(content);
    EXPECT_EQ(status.code(), code) << status.to_string();
    EXPECT_NE(status.message().find(words), std::string::npos) << status.to_string();
    EXPECT_NE(status.message().find("tokenizer.json"), std::string::npos) << status.to_string();
  }

  void expect_change(const char* path, Code code, const std::string& words, void (*change)(Json&)) {
    Json json = config(path);
    change(json);
    expect(code, words, dump_json(json));
  }

  TempDir dir_;
};

TEST_F(HostileFiles, MissingAndOtherFiles) {
  EXPECT_EQ(Tokenizer::load(dir_.path() / "absent.json").status().code(), Code::kNotFound);
  const Status model = Tokenizer::load(dir_.path() / "sentencepiece.bpe.model").status();
  EXPECT_EQ(model.code(), Code::kUnsupported);
  EXPECT_NE(model.message().find("tokenizer.json is needed"), std::string::npos);
}

TEST_F(HostileFiles, NotJson) {
  for (const char* content :
       {"", " ", "[]", "1", "\"x\"", "{", "{\"model\":", "nul", "{} {}", "\xff\xfe", "{\"model\":{}}",
        "{\"model\":[]}", "{\"model\":{\"type\":\"Unigram\",\"vocab\":[[\"a\",1.0],[\"b\"]]}}",
        "{\"model\":{\"type\":\"Unigram\",\"vocab\":[[\"a\",1.0"})
    expect(Code::kCorrupt, "", content);
}

TEST_F(HostileFiles, EveryTruncation) {
  for (const char* path : {kUnigram, kWordPiece}) {
    const std::string whole = *read_file(path);
    for (std::size_t size = 0; size + 3 < whole.size(); size += 1 + size / 40)
      EXPECT_FALSE(load_text(whole.substr(0, size)).ok()) << size;
  }
}

TEST_F(HostileFiles, ChangedBytesNeverCrash) {
  std::mt19937 random(41);
  int accepted = 0;
  for (int i = 0; i < 1500; ++i) {
    std::string content = *read_file(i % 2 == 0 ? kUnigram : kWordPiece);
    for (std::size_t n = 1 + random() % 3; n > 0; --n)
      content[random() % content.size()] = "\"{}[],:0-9e\xff z"[random() % 14];
    accepted += load_text(content).ok();
  }
  EXPECT_LT(accepted, 1500);
}

TEST_F(HostileFiles, UnknownComponentsAreNamed) {
  const auto unsupported = [&](const char* words, void (*change)(Json&)) {
    expect_change(kUnigram, Code::kUnsupported, words, change);
  };
  unsupported("\"Lowercase\"", [](Json& j) { j["normalizer"] = {{"type", "Lowercase"}}; });
  unsupported("\"ByteLevel\"", [](Json& j) { j["pre_tokenizer"] = {{"type", "ByteLevel"}}; });
  unsupported("\"RobertaProcessing\"", [](Json& j) {
    j["post_processor"] = {{"type", "RobertaProcessing"}};
  });
  unsupported("\"BPE\"", [](Json& j) { j["model"]["type"] = "BPE"; });
  unsupported("byte_fallback", [](Json& j) { j["model"]["byte_fallback"] = true; });
  unsupported("a|b", [](Json& j) { j["normalizer"]["normalizers"][1]["pattern"]["Regex"] = "a|b"; });
}

TEST_F(HostileFiles, WrongFieldsAreNamed) {
  const auto unigram = [&](const char* words, void (*change)(Json&)) {
    expect_change(kUnigram, Code::kCorrupt, words, change);
  };
  unigram("unk_id", [](Json& j) { j["model"]["unk_id"] = 901; });
  unigram("unk_id", [](Json& j) { j["model"]["unk_id"] = -1; });
  unigram("unk_id", [](Json& j) { j["model"]["unk_id"] = nullptr; });
  unigram("vocab", [](Json& j) { j["model"]["vocab"] = Json::array(); });
  unigram("vocab", [](Json& j) { j["model"]["vocab"] = {{"a", 1}}; });
  unigram("entry 2 has a score", [](Json& j) { j["model"]["vocab"][2][1] = "high"; });
  unigram("entry 2 has a score", [](Json& j) { j["model"]["vocab"][2][1] = -1e300; });
  unigram("entry 2 has no piece", [](Json& j) { j["model"]["vocab"][2][0] = 7; });
  unigram("replacement", [](Json& j) { j["pre_tokenizer"]["replacement"] = "ab"; });
  unigram("<mask>", [](Json& j) { j["added_tokens"][4]["id"] = 5; });
  unigram("added_tokens", [](Json& j) { j["added_tokens"][4]["id"] = 1 << 30; });
  unigram("added_tokens", [](Json& j) { j["added_tokens"] = 3; });
  unigram("lstrip", [](Json& j) { j["added_tokens"][4]["lstrip"] = "yes"; });
  unigram("token id", [](Json& j) { j["post_processor"]["special_tokens"]["<s>"]["ids"][0] = 100000; });
  unigram("single", [](Json& j) { j["post_processor"]["single"].erase(1); });
  unigram("pair", [](Json& j) { j["post_processor"].erase("pair"); });
  unigram("ids", [](Json& j) { j["post_processor"]["special_tokens"].erase("<s>"); });
  const auto wordpiece = [&](const char* words, void (*change)(Json&)) {
    expect_change(kWordPiece, Code::kCorrupt, words, change);
  };
  wordpiece("unk_token", [](Json& j) { j["model"]["unk_token"] = "[NONE]"; });
  wordpiece("id out of range", [](Json& j) { j["model"]["vocab"]["a"] = 1LL << 40; });
  wordpiece("id out of range", [](Json& j) { j["model"]["vocab"]["a"] = -1; });
  wordpiece("not a whole number", [](Json& j) { j["model"]["vocab"]["a"] = 1.5; });
  wordpiece("lowercase", [](Json& j) { j["normalizer"]["lowercase"] = 1; });
}

TEST_F(HostileFiles, BrokenCharsmaps) {
  const auto expect_map = [&](const std::string& map) {
    Json json = config(kUnigram);
    json["normalizer"]["normalizers"][0]["precompiled_charsmap"] = map;
    expect(Code::kCorrupt, "precompiled_charsmap", dump_json(json));
  };
  expect_map("");
  expect_map("AAA");
  expect_map("????");
  expect_map("AAAAAA==");  // a trie of no bytes
  expect_map("/////wAAAAA=");
  // Any other bytes give an error or a map that is harmless.
  std::mt19937 random(43);
  const std::string good = config(kUnigram)["normalizer"]["normalizers"][0]["precompiled_charsmap"];
  for (int i = 0; i < 300; ++i) {
    Json json = config(kUnigram);
    std::string map = good;
    for (int n = 0; n < 20; ++n) map[random() % map.size()] = "AZaz09+/Qg"[random() % 10];
    json["normalizer"]["normalizers"][0]["precompiled_charsmap"] = map;
    const Status status = load_text(dump_json(json));
    EXPECT_TRUE(status.ok() || status.code() == Code::kCorrupt) << status.to_string();
  }
}

// Components that the published files of the small tokenizers do not use.

TEST_F(HostileFiles, OtherSupportedComponents) {
  Json json = config(kUnigram);
  json["pre_tokenizer"] = *parse_json(R"({"type":"Sequence","pretokenizers":[{"type":"WhitespaceSplit"},
      {"type":"Metaspace","replacement":"▁","add_prefix_space":true}]})");
  EXPECT_TRUE(load_text(dump_json(json)).ok());
  const auto split = *Tokenizer::load(dir_.path() / "tokenizer.json");
  const auto plain = *Tokenizer::load(kUnigram);
  EXPECT_EQ(split->encode_bare("the  water "), plain->encode_bare("the water"));
  json = config(kWordPiece);
  json["post_processor"] = *parse_json(R"({"type":"BertProcessing","sep":["[SEP]",3],"cls":["[CLS]",2]})");
  json["added_tokens"].push_back(
      *parse_json(R"({"id":331,"content":"FOO","special":false,"normalized":true,"single_word":true,
      "lstrip":false,"rstrip":true})"));
  EXPECT_TRUE(load_text(dump_json(json)).ok());
  const auto tokenizer = *Tokenizer::load(dir_.path() / "tokenizer.json");
  EXPECT_EQ(tokenizer->vocabulary_size(), 332u);
  EXPECT_EQ(tokenizer->encode("foo ", {}).ids, (Ids{2, 331, 3}));
  EXPECT_EQ(tokenizer->encode("Foo.", {.offsets = true}).offsets[1].end, 3u);
  const Ids inside = tokenizer->encode("afoo", {}).ids;
  EXPECT_EQ(std::count(inside.begin(), inside.end(), 331), 0);
  EXPECT_EQ(tokenizer->encode_pair({10}, {11}, {}).type_ids, (std::vector<std::uint8_t>{0, 0, 0, 1, 1}));
}

}  // namespace
}  // namespace rappel
