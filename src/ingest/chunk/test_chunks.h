// Chunks for tests: tokenizers that are easy to count by, and the promises of chunker.h for any text.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "ingest/chunk/chunker.h"

namespace rappel {

// One token per run of letters or single other visible character, as word-level tokenizers see text.
class WordTokenizer final : public Tokenizer {
 public:
  Encoding encode(std::string_view text, const EncodeOptions&) const override {
    Encoding out;
    out.ids.push_back(0);
    out.offsets.push_back({});
    for (std::size_t at = 0; at < text.size();) {
      std::size_t end = at;
      const auto visible = [&](std::size_t i) {
        return i < text.size() && !std::isspace(static_cast<unsigned char>(text[i]));
      };
      while (visible(end)) ++end;
      if (end == at) {
        ++at;
        continue;
      }
      out.ids.push_back(1);
      out.offsets.push_back({static_cast<std::uint32_t>(at), static_cast<std::uint32_t>(end)});
      at = end;
    }
    return out;
  }
  std::vector<TokenId> encode_bare(std::string_view, std::stop_token) const override { return {}; }
  std::size_t vocabulary_size() const override { return 2; }
  TokenId pad_id() const override { return 0; }
  const std::vector<TokenId>& non_lexical_ids() const override { return none_; }
  std::size_t special_tokens_single() const override { return 1; }
  std::size_t special_tokens_pair() const override { return 1; }

 private:
  Encoding assemble_pair(const TokenId*, std::size_t, const TokenId*, std::size_t) const override {
    return {};
  }
  std::vector<TokenId> none_;
};

inline Result<std::vector<TextChunk>> collect_chunks(std::string_view text, const TokenReader& read,
                                                     const ChunkOptions& options,
                                                     const std::stop_token& cancel = {},
                                                     const Outline* outline = nullptr) {
  std::vector<TextChunk> chunks;
  const auto take = [&](TextChunk chunk) {
    chunks.push_back(std::move(chunk));
    return Status();
  };
  RAPPEL_TRY(chunk_text({text, outline}, read, options, take, cancel));
  return chunks;
}

inline std::vector<TextChunk> chunks_of(std::string_view text, const Tokenizer& tokenizer,
                                        const ChunkOptions& options, const Outline* outline = nullptr) {
  const auto read = [&](std::string_view piece) -> Result<std::vector<ByteRange>> {
    return tokenizer.encode(piece, {.offsets = true}).offsets;
  };
  return *collect_chunks(text, read, options, {}, outline);
}

inline std::u32string code_points(std::string_view text) {
  std::u32string out;
  for (std::size_t i = 0; i < text.size();) {
    const auto lead = static_cast<unsigned char>(text[i]);
    const int length = lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
    char32_t c = length == 1 ? lead : lead & (0x7F >> length);
    for (int k = 1; k < length; ++k)
      c = (c << 6) | (static_cast<unsigned char>(text[i + static_cast<std::size_t>(k)]) & 0x3F);
    out.push_back(c);
    i += static_cast<std::size_t>(length);
  }
  return out;
}

inline bool is_blank(char32_t c) {
  return c == ' ' || (c >= 9 && c <= 13) || c == 0x85 || c == 0xA0 || c == 0x1680 ||
         (c >= 0x2000 && c <= 0x200A) || c == 0x2028 || c == 0x2029 || c == 0x202F || c == 0x205F ||
         c == 0x3000;
}

// The header's promises, for any text: offsets exact, every visible character covered once (or again in the
// overlap).
inline void expect_promises(const std::vector<TextChunk>& chunks, const std::string& text,
                            const ChunkOptions& options) {
  const std::u32string points = code_points(text);
  std::size_t visible = 0;
  for (const char32_t c : points) visible += !is_blank(c);
  if (chunks.empty()) {
    std::size_t first = 0, last = points.size();
    while (first < last && is_blank(points[first])) ++first;
    while (last > first && is_blank(points[last - 1])) --last;
    EXPECT_LE(last - first, options.min_document);
    return;
  }
  std::size_t covered = 0;
  for (const TextChunk& chunk : chunks) {
    ASSERT_LT(chunk.begin, chunk.end);
    ASSERT_LE(chunk.end, points.size());
    ASSERT_EQ(code_points(chunk.text), points.substr(chunk.begin, chunk.end - chunk.begin));
    EXPECT_FALSE(is_blank(points[chunk.begin]));
    EXPECT_FALSE(is_blank(points[chunk.end - 1]));
    for (std::size_t i = covered; i < chunk.begin; ++i) ASSERT_TRUE(is_blank(points[i])) << "lost at " << i;
    if (options.overlap == 0) {
      ASSERT_GE(chunk.begin, covered) << "repeated text";
    }
    ASSERT_GT(chunk.end, covered) << "a chunk without anything new";
    covered = chunk.end;
  }
  for (std::size_t i = covered; i < points.size(); ++i) ASSERT_TRUE(is_blank(points[i])) << "lost at " << i;
}

inline void expect_promises(const std::string& text, const Tokenizer& tokenizer,
                            const ChunkOptions& options) {
  expect_promises(chunks_of(text, tokenizer, options), text, options);
}

// One token per character, as byte-level tokenizers see text.
inline std::vector<ByteRange> character_tokens(std::string_view text) {
  std::vector<ByteRange> tokens;
  for (std::size_t at = 0; at < text.size();) {
    std::size_t end = at + 1;
    while (end < text.size() && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) ++end;
    tokens.push_back({static_cast<std::uint32_t>(at), static_cast<std::uint32_t>(end)});
    at = end;
  }
  return tokens;
}

inline std::string repeated(std::string_view piece, std::size_t times) {
  std::string out;
  for (std::size_t i = 0; i < times; ++i) out += piece;
  return out;
}

}  // namespace rappel
