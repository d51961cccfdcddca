// Ids against what Hugging Face `tokenizers`, transformers and FlagEmbedding answered, for the published
// files.
#include <gtest/gtest.h>
#include <zlib.h>

#include <algorithm>
#include <iterator>
#include <map>
#include <sstream>

#include "base/utf8.h"
#include "codec/json.h"
#include "testing/json_lines.h"
#include "testing/shared_data.h"
#include "text/tokenizer.h"

namespace rappel {
namespace {

constexpr const char* kBgeM3 = "tokenizers/BAAI_bge-m3.tokenizer.json";
constexpr const char* kBgeReranker = "tokenizers/BAAI_bge-reranker-v2-m3.tokenizer.json";
constexpr const char* kMiniLm = "models/tiny-bert-embedder/tokenizer.json";

std::vector<Json> read_gz_json_lines(const std::filesystem::path& path) {
  gzFile file = gzopen(path.c_str(), "rb");
  std::string content;
  char buffer[65536];
  for (int n; (n = gzread(file, buffer, sizeof buffer)) > 0;)
    content.append(buffer, static_cast<std::size_t>(n));
  gzclose(file);
  std::vector<Json> rows;
  std::istringstream in(content);
  for (std::string line; std::getline(in, line);) rows.push_back(*parse_json(line));
  return rows;
}

constexpr TokenId kLoneMetaspace = 6;

using Ids = std::vector<TokenId>;

class Goldens : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!shared_data(kBgeM3)) GTEST_SKIP() << missing_shared_data();
  }

  static std::shared_ptr<const Tokenizer> load(const char* relative) {
    auto loaded = Tokenizer::load(*shared_data(relative));
    EXPECT_TRUE(loaded.ok()) << loaded.status().to_string();
    return *loaded;
  }

  static void expect_ids(const Tokenizer& tokenizer, const Json& row, const Json& ids,
                         std::size_t max_length = static_cast<std::size_t>(-1)) {
    const auto text = row["text"].get<std::string>();
    EXPECT_EQ(tokenizer.encode(text, {.max_length = max_length}).ids, ids.get<Ids>()) << text;
  }
};

TEST_F(Goldens, StringsOfBgeM3) {
  const auto embedder = load(kBgeM3), reranker = load(kBgeReranker);
  const auto rows = read_gz_json_lines(*shared_data("goldens-models/tokens.bge-m3.jsonl.gz"));
  ASSERT_GT(rows.size(), 2000u);
  for (const Json& row : rows) {
    expect_ids(*embedder, row, row["ids"]);
    expect_ids(*reranker, row, row.contains("reranker_raw") ? row["reranker_raw"] : row["ids"]);
  }
}

TEST_F(Goldens, StringsOfMiniLm) {
  const auto tokenizer = load(kMiniLm);
  const auto rows = read_gz_json_lines(*shared_data("goldens-models/tokens.minilm.jsonl.gz"));
  ASSERT_GT(rows.size(), 1000u);
  for (const Json& row : rows) expect_ids(*tokenizer, row, row["ids"]);
}

// Every character of the first two planes and the tags, in four surroundings: a hash over all ids, as
// computed with `tokenizers` 0.22.2.
std::uint64_t hash_of_all_characters(const Tokenizer& tokenizer, const std::string& before,
                                     const std::string& after) {
  std::uint64_t hash = 14695981039346656037u;
  for (char32_t c = 0; c < 0xE0200; ++c) {
    if (c == 0xD800) c = 0xE000;
    if (c == 0x20000) c = 0xE0000;
    std::string text = before;
    utf8_append(text, c);
    for (const TokenId id : tokenizer.encode(text + after, {}).ids)
      hash = (hash ^ static_cast<std::uint64_t>(id)) * 1099511628211u;
  }
  return hash;
}

TEST_F(Goldens, EveryCharacter) {
  const struct {
    const char *before, *after;
  } kSurroundings[] = {{"", ""}, {"a", "b"}, {"e\u0301", ""}, {"\u00aa", "e\u0301"}};
  const struct {
    const char* file;
    std::uint64_t hashes[4];
  } kExpected[] = {
      {kBgeM3, {0xBCC486C53FDC3482, 0x4EB574A91B706808, 0x996AC7222DEEDE4A, 0x76B008EEE550548E}},
      {kBgeReranker, {0xF01CA0A1A6FB0008, 0x4EB574A91B706808, 0xEDB244024D9C993C, 0x76B008EEE550548E}},
      {kMiniLm, {0x564726CE272338D8, 0x8CB51000A648093B, 0x0819C0D77F3B1246, 0xEAB1B60B5CA3F184}},
  };
  for (const auto& expected : kExpected) {
    const auto tokenizer = load(expected.file);
    for (std::size_t i = 0; i < std::size(kSurroundings); ++i)
      EXPECT_EQ(hash_of_all_characters(*tokenizer, kSurroundings[i].before, kSurroundings[i].after),
                expected.hashes[i])
          << expected.file << ' ' << i;
  }
}

// These ids are of transformers 5, which leaves the lone metaspace out where the reranker's own file does
// too.
TEST_F(Goldens, CasesOfBgeM3Lite) {
  const auto embedder = load(kBgeM3), reranker = load(kBgeReranker);
  const auto cases =
      *parse_json(*read_file(*shared_data("reference/bge-m3-lite.tokenizer_cases.subset.json")));
  ASSERT_GT(cases["cases"].size(), 30u);
  for (const Json& row : cases["cases"]) {
    expect_ids(*reranker, row, row["ids"]);
    Ids expected = row["ids"].get<Ids>(), ids = embedder->encode(row["text"].get<std::string>(), {}).ids;
    std::erase(expected, kLoneMetaspace);
    std::erase(ids, kLoneMetaspace);
    EXPECT_EQ(ids, expected) << row["text"];
  }
}

TEST_F(Goldens, TextsOfModels) {
  const struct {
    const char *rows, *tokenizer;
  } kSets[] = {{"goldens-models/tiny-bge-m3.texts.jsonl", kBgeM3},
               {"goldens-models/tiny-bert-embedder.texts.jsonl", kMiniLm},
               {"goldens-models/all-MiniLM-L6-v2.texts.jsonl", kMiniLm}};
  for (const auto& set : kSets) {
    const auto tokenizer = load(set.tokenizer);
    const auto rows = read_json_lines(*shared_data(set.rows));
    ASSERT_GT(rows.size(), 50u);
    for (const Json& row : rows)
      expect_ids(*tokenizer, row, row["input_ids"], row["max_length"].get<std::size_t>());
  }
}

TEST_F(Goldens, MaxLength) {
  const auto tokenizer = load(kBgeM3);
  std::map<std::string, std::string> texts;
  for (const Json& row : read_json_lines(*shared_data("goldens-models/tiny-bge-m3.texts.jsonl")))
    texts[row["id"]] = row["text"];
  const auto rows = read_json_lines(*shared_data("goldens-models/tiny-bge-m3.max_length.jsonl"));
  ASSERT_GT(rows.size(), 10u);
  for (const Json& row : rows)
    EXPECT_EQ(tokenizer->encode(texts[row["text_id"]], {.max_length = row["max_length"]}).ids,
              row["input_ids"].get<Ids>());
}

// BGE-M3's published lexical weights name the ids that occur in a text.
TEST_F(Goldens, LexicalKeysOfBgeM3Lite) {
  const auto tokenizer = load(kBgeM3);
  const auto reference = *parse_json(*read_file(*shared_data("reference/bge-m3-lite.embeddings_ref.json")));
  ASSERT_GT(reference["sentences"].size(), 5u);
  for (std::size_t i = 0; i < reference["sentences"].size(); ++i) {
    const Ids ids = tokenizer->encode(reference["sentences"][i].get<std::string>(), {}).ids;
    for (const auto& [key, weight] : reference["lexical_weights"][i].items())
      EXPECT_NE(std::find(ids.begin(), ids.end(), std::stoi(key)), ids.end()) << key;
  }
}

void check_pairs(const Tokenizer& tokenizer, const std::vector<Json>& rows) {
  ASSERT_GT(rows.size(), 100u);
  std::map<std::string, std::pair<std::string, std::string>> texts;
  for (const Json& row : rows) {
    if (row.contains("query")) texts[row["id"]] = {row["query"], row["passage"]};
    const auto& [query, passage] = texts.at(row["id"]);
    PairOptions options{.max_length = row["max_length"]};
    if (!row["query_max_length"].is_null()) options.query_max_length = row["query_max_length"];
    const Ids query_ids = tokenizer.encode_bare(query), passage_ids = tokenizer.encode_bare(passage);
    const Encoding pair = tokenizer.encode_pair(query_ids, passage_ids, options);
    EXPECT_EQ(pair.ids, row["input_ids"].get<Ids>()) << row["id"] << " at " << row["max_length"];
    if (row.contains("token_type_ids"))
      EXPECT_EQ(pair.type_ids, row["token_type_ids"].get<std::vector<std::uint8_t>>()) << row["id"];
    else
      EXPECT_TRUE(pair.type_ids.empty());
  }
}

TEST_F(Goldens, PairsOfReranker) {
  check_pairs(*load(kBgeReranker),
              read_json_lines(*shared_data("goldens-models/tiny-bge-reranker-v2-m3.pairs.jsonl")));
}

TEST_F(Goldens, PairsOfCrossEncoder) {
  check_pairs(*load(kMiniLm),
              read_json_lines(*shared_data("goldens-models/tiny-bert-cross-encoder.pairs.jsonl")));
}

// Where FlagReranker leaves a pair longer than it was asked for, ours fits (EncodePair.* in tokenizer_test.cc
// say how).
TEST_F(Goldens, OverlongPairs) {
  const auto tokenizer = load(kBgeReranker);
  const auto rows = read_json_lines(*shared_data("goldens-models/tiny-bge-reranker-v2-m3.overlong.jsonl"));
  ASSERT_GT(rows.size(), 3u);
  for (const Json& row : rows) {
    const std::size_t max_length = row["max_length"];
    PairOptions options{.max_length = max_length};
    if (!row["query_max_length"].is_null()) options.query_max_length = row["query_max_length"];
    const auto pair =
        tokenizer->encode_pair(tokenizer->encode_bare(row["query"].get<std::string>()),
                               tokenizer->encode_bare(row["passage"].get<std::string>()), options);
    const Ids flag = row["input_ids"].get<Ids>();
    if (flag.size() <= max_length) {
      EXPECT_EQ(pair.ids, flag);
    } else {
      EXPECT_EQ(pair.ids.size(), max_length);
    }
  }
}

}  // namespace
}  // namespace rappel
