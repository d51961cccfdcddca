#include "ingest/chunk/chunker.h"

#include <gtest/gtest.h>

#include <random>

#include "base/os/file.h"
#include "codec/json.h"
#include "ingest/chunk/test_chunks.h"
#include "testing/shared_data.h"

namespace rappel {
namespace {

TEST(Chunker, BlankAndTinyTextsGiveNothing) {
  const WordTokenizer words;
  EXPECT_TRUE(chunks_of("", words, {}).empty());
  EXPECT_TRUE(chunks_of(" \n\t\xc2\xa0 ", words, {}).empty());
  EXPECT_TRUE(chunks_of("  abcde ", words, {}).empty());
  const auto chunks = chunks_of("  abcdef ", words, {});
  ASSERT_EQ(chunks.size(), 1u);
  EXPECT_EQ(chunks[0].text, "abcdef");
  EXPECT_EQ(chunks[0].begin, 2u);
  EXPECT_EQ(chunks[0].end, 8u);
}

TEST(Chunker, EndsAtSentenceAfterMinChars) {
  const WordTokenizer words;
  ChunkOptions options{.tokens = 16, .min_chars = 20};
  const auto chunks = chunks_of(
      "One. Two three four five six. Pi is 3.14 and more words follow here without an end of any kind at all",
      words, options);
  ASSERT_GE(chunks.size(), 2u);
  EXPECT_EQ(chunks[0].text, "One. Two three four five six.");  // not at "3." and not at "One."
  EXPECT_TRUE(chunks[1].text.starts_with("Pi is 3.14"));
}

TEST(Chunker, ShortTailJoinsItsPredecessor) {
  const WordTokenizer words;
  std::string text = "w";
  for (int i = 1; i < 108; ++i) text += " w";
  EXPECT_EQ(chunks_of(text, words, {.tokens = 100}).size(), 1u);
  for (int i = 0; i < 10; ++i) text += " w";
  EXPECT_EQ(chunks_of(text, words, {.tokens = 100}).size(), 2u);
}

TEST(Chunker, CutsEndlessWordAtGraphemeBorders) {
  const WordTokenizer words;
  std::string text;
  for (int i = 0; i < 5000; ++i) text += "e\xcc\x81";  // e + combining acute: one cluster
  const auto chunks = chunks_of(text, words, {.tokens = 16});
  ASSERT_GT(chunks.size(), 10u);
  for (const TextChunk& chunk : chunks) EXPECT_EQ(chunk.text[0], 'e');
  expect_promises(text, words, {.tokens = 16});
}

// A flag is two characters, and where it begins depends on the number of those before it. Reading back to the
// start of the run for each chunk would take hours here.
TEST(Chunker, CutsEndlessFlagsBetweenFlags) {
  const std::string flag = "\xf0\x9f\x87\xab\xf0\x9f\x87\xb7", text = repeated(flag, 2'000'000);
  for (const std::size_t overlap : {0, 7}) {
    const ChunkOptions options{.tokens = 101, .overlap = overlap};
    const auto chunks = *collect_chunks(text, character_tokens, options);
    ASSERT_GE(chunks.size(), 40'000u);
    for (const TextChunk& chunk : chunks) ASSERT_EQ(chunk.text.size() % flag.size(), 0u);
    ASSERT_LE(chunks[0].text.size(), 101u / 2 * flag.size());
  }
}

TEST(Chunker, CutsClusterThatIsLongerThanAChunk) {
  const std::string mark = "\xcc\x81", joined = "\xf0\x9f\x91\xa9\xe2\x80\x8d";
  for (const std::string& text : {"e" + repeated(mark, 300'000), repeated(joined, 100'000)}) {
    const WordTokenizer words;  // the whole text is one token
    const ChunkOptions options{.tokens = 20};
    for (const bool one_token : {false, true}) {
      const auto chunks =
          one_token ? chunks_of(text, words, options) : *collect_chunks(text, character_tokens, options);
      for (const TextChunk& chunk : chunks) ASSERT_LE(chunk.end - chunk.begin, one_token ? 20u * 32 : 22u);
      ASSERT_NO_FATAL_FAILURE(expect_promises(chunks, text, options));
    }
  }
}

TEST(Chunker, StopsWhenCancelled) {
  std::stop_source source;
  const std::string text = repeated("word ", 1000);
  EXPECT_TRUE(collect_chunks(text, character_tokens, {}, source.get_token()).ok());
  source.request_stop();
  EXPECT_EQ(collect_chunks(text, character_tokens, {}, source.get_token()).status().code(), Code::kCancelled);
}

TEST(Chunker, FailureOfTheTokenReaderIsReturned) {
  const auto read = [](std::string_view) -> Result<std::vector<ByteRange>> {
    return Status(Code::kUnavailable, "lost");
  };
  EXPECT_EQ(collect_chunks("a text of words", read, {}).status().code(), Code::kUnavailable);
}

TEST(Chunker, FailureOfTheSinkIsReturned) {
  int taken = 0;
  const auto take = [&](const TextChunk&) {
    return ++taken < 2 ? Status() : Status(Code::kUnavailable, "full");
  };
  const std::string text = repeated("word ", 1000);
  EXPECT_EQ(chunk_text({text}, character_tokens, {}, take).code(), Code::kUnavailable);
  EXPECT_EQ(taken, 2);
}

void expect_same(const std::vector<TextChunk>& some, const std::vector<TextChunk>& others) {
  ASSERT_EQ(some.size(), others.size());
  for (std::size_t i = 0; i < some.size(); ++i) {
    ASSERT_EQ(some[i].text, others[i].text) << i;
    ASSERT_EQ(some[i].begin, others[i].begin) << i;
    ASSERT_EQ(some[i].end, others[i].end) << i;
  }
}

TEST(Chunker, TokensAreReadInPieces) {
  const WordTokenizer words;
  std::string text;
  for (int i = 0; i < 20'000; ++i) text += "word" + std::to_string(i % 977) + (i % 13 == 0 ? ". " : " ");
  for (const std::size_t overlap : {0, 7}) {
    ChunkOptions options{.tokens = 40, .overlap = overlap, .piece_bytes = text.size()};
    const auto whole = chunks_of(text, words, options);
    for (const std::size_t bytes : {100, 5000, 100'000}) {
      std::size_t longest = 0, pieces = 0;
      options.piece_bytes = bytes;
      const auto read = [&](std::string_view piece) -> Result<std::vector<ByteRange>> {
        longest = std::max(longest, piece.size());
        ++pieces;
        return words.encode(piece, {.offsets = true}).offsets;
      };
      const auto chunks = collect_chunks(text, read, options);
      ASSERT_NO_FATAL_FAILURE(expect_same(*chunks, whole)) << bytes;
      EXPECT_LE(longest, bytes + bytes / 4 + 20) << bytes;
      EXPECT_GT(pieces, 1u) << bytes;
    }
  }
}

// A text without white space is cut in pieces between two characters.
TEST(Chunker, EndlessWordIsReadInPieces) {
  const std::string text = repeated("\xe6\xbc\xa2", 100'000);
  std::size_t longest = 0;
  const auto read = [&](std::string_view piece) {
    longest = std::max(longest, piece.size());
    EXPECT_EQ(piece.size() % 3, 0u);
    return character_tokens(piece);
  };
  const ChunkOptions options{.tokens = 40, .piece_bytes = 1000};
  const auto chunks = collect_chunks(text, read, options);
  ASSERT_NO_FATAL_FAILURE(expect_promises(*chunks, text, options));
  EXPECT_LE(longest, 1253u);
}

TEST(Chunker, OverlapRepeatsTheTail) {
  const WordTokenizer words;
  std::string text;
  for (int i = 0; i < 100; ++i) text += "w" + std::to_string(i) + " ";
  const auto chunks = chunks_of(text, words, {.tokens = 20, .overlap = 5});
  ASSERT_GT(chunks.size(), 4u);
  EXPECT_TRUE(chunks[0].text.ends_with("w19"));
  EXPECT_TRUE(chunks[1].text.starts_with("w15 ")) << chunks[1].text;
}

TEST(Chunker, InvariantsHoldForRandomText) {
  const WordTokenizer words;
  const std::string pieces[] = {"word",
                                " ",
                                " ",
                                "\n",
                                ". ",
                                "! ",
                                "3.14",
                                "\xe3\x80\x82",
                                "\xf0\x9f\x91\xa9\xe2\x80\x8d\xf0\x9f\x94\xac",
                                "\xc2\xa0",
                                "a\xcc\x88",
                                "longerword",
                                "?\"",
                                "\xe6\xbc\xa2\xe5\xad\x97"};
  std::mt19937 random(7);
  for (int round = 0; round < 300; ++round) {
    std::string text;
    const int count = static_cast<int>(random() % 600);
    for (int i = 0; i < count; ++i) text += pieces[random() % std::size(pieces)];
    const std::size_t tokens = 16 + random() % 50;
    const ChunkOptions options{
        .tokens = tokens, .overlap = round % 2 ? random() % (tokens / 2) : 0, .min_chars = random() % 100};
    ASSERT_NO_FATAL_FAILURE(expect_promises(text, words, options)) << "round " << round;
  }
}

// With the real tokenizers, over the texts on which the old chunker's losses were recorded.
TEST(Chunker, InvariantsHoldForRecordedTexts) {
  const auto recorded = shared_data("../goldens/chunks.json");
  if (!recorded) GTEST_SKIP() << missing_shared_data();
  const auto cases = parse_json(*read_file(*recorded));
  ASSERT_TRUE(cases.ok());
  for (const char* file :
       {"tokenizers/BAAI_bge-m3.tokenizer.json", "models/tiny-bert-embedder/tokenizer.json"}) {
    const auto tokenizer = Tokenizer::load(*shared_data(file));
    ASSERT_TRUE(tokenizer.ok()) << tokenizer.status().to_string();
    for (const Json& entry : *cases) {
      const auto text = entry["text"].get<std::string>();
      ChunkOptions options;
      if (entry["chunk_token_size"].is_number())
        options.tokens = entry["chunk_token_size"].get<std::size_t>();
      ASSERT_NO_FATAL_FAILURE(expect_promises(text, **tokenizer, options)) << entry["name"];
      const std::size_t most = options.tokens + options.tokens / 10 + 1;
      for (const TextChunk& chunk : chunks_of(text, **tokenizer, options))
        EXPECT_LE((*tokenizer)->encode_bare(chunk.text).size(), most + 8) << entry["name"];
      ChunkOptions in_pieces = options;
      in_pieces.piece_bytes = 300;
      ASSERT_NO_FATAL_FAILURE(expect_promises(chunks_of(text, **tokenizer, in_pieces), text, in_pieces))
          << entry["name"];
    }
  }
}

}  // namespace
}  // namespace rappel
