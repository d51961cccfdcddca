#include "retrieve/answer_budget.h"

#include <algorithm>
#include <cstdint>
#include <optional>

#include "base/utf8.h"
#include "ingest/chunk/sentences.h"
#include "ingest/chunk/text_scan.h"

namespace rappel {
namespace {

// The byte where `characters` of the text end; its size if it has no more.
std::size_t byte_after(std::string_view text, std::size_t characters) {
  std::size_t at = 0;
  for (; characters > 0 && at < text.size(); --characters) at += utf8_length(text[at]);
  return at;
}

std::size_t count(const std::vector<ByteRange>& tokens) {
  return static_cast<std::size_t>(
      std::count_if(tokens.begin(), tokens.end(), [](const ByteRange& t) { return t.end > t.begin; }));
}

// The byte where `room` tokens end.
std::size_t byte_after_tokens(const std::vector<ByteRange>& tokens, std::size_t room) {
  std::size_t end = 0;
  for (const ByteRange& token : tokens) {
    if (token.end <= token.begin) continue;
    if (room-- == 0) break;
    end = token.end;
  }
  return end;
}

// The end of a text that is cut before `most`, at a border between characters.
std::size_t good_end(std::string_view text, std::size_t most) {
  while (most > 0 && most < text.size() && (static_cast<unsigned char>(text[most]) & 0xC0) == 0x80) --most;
  if (most == 0) return text.empty() ? 0 : utf8_length(text[0]);
  if (const std::size_t sentence = Sentences(text, "").last_end(0, 0, most); sentence > 0) return sentence;
  const std::size_t space = most == 0 ? std::string_view::npos : text.find_last_of(" \t\n", most - 1);
  const std::size_t words = space == std::string_view::npos ? 0 : last_visible(text, 0, space);
  return words > 0 ? words : most;
}

void cut(ScoredChunk& result, std::size_t end) {
  Chunk& chunk = result.chunk;
  chunk.text.resize(end);
  const std::size_t length = utf8_count(chunk.text);
  chunk.end = std::min(chunk.end, chunk.begin + static_cast<std::uint32_t>(length));
  std::erase_if(result.highlights, [&](const TextRange& range) { return range.end > length; });
  if (result.best_sentence && result.best_sentence->end > length) result.best_sentence.reset();
  result.shortened = true;
}

class Budget {
 public:
  Budget(const AnswerShape& shape, const TokenRanges& tokens) : shape_(shape), tokens_(tokens) {}

  // Takes as much of the text as there is room for, and returns the byte where that ends.
  Result<std::size_t> take(std::string_view text) {
    std::size_t end = text.size();
    if (shape_.max_chars) {
      end = byte_after(text, *shape_.max_chars - chars_);
      chars_ += utf8_count(text.substr(0, end));
    }
    if (shape_.max_tokens) {
      RAPPEL_ASSIGN(const std::vector<ByteRange> ranges, tokens_(text));
      const std::size_t room = *shape_.max_tokens - used_;
      if (count(ranges) > room) end = std::min(end, byte_after_tokens(ranges, room));
      used_ += std::min(room, count(ranges));
    }
    return end;
  }

 private:
  const AnswerShape& shape_;
  const TokenRanges& tokens_;
  std::size_t chars_ = 0, used_ = 0;  // at most the bounds
};

}  // namespace

Result<std::size_t> apply_budget(const AnswerShape& shape, const TokenRanges& tokens,
                                 std::vector<ScoredChunk>& results) {
  if (!shape.max_chars && !shape.max_tokens) return std::size_t{0};
  Budget budget(shape, tokens);
  for (std::size_t i = 0; i < results.size(); ++i) {
    const std::string& text = results[i].chunk.text;
    RAPPEL_ASSIGN(const std::size_t end, budget.take(text));
    if (end == text.size()) continue;
    if (i == 0) cut(results[i], good_end(text, end));
    const std::size_t given = std::max<std::size_t>(i, 1), left = results.size() - given;
    results.resize(given);
    return left;
  }
  return std::size_t{0};
}

}  // namespace rappel
