#include "ingest/chunk/chunker.h"

#include <unicode/ubrk.h>
#include <unicode/uchar.h>
#include <unicode/utext.h>
#include <unicode/utf8.h>

#include <algorithm>
#include <memory>
#include <new>

#include "base/cancelled.h"
#include "base/check.h"
#include "ingest/chunk/token_window.h"

namespace rappel {
namespace {

// A token can stand for any length of text (a word without an entry in the vocabulary is one token), so a
// piece is also bounded in characters.
constexpr std::size_t kMaxCharsPerToken = 32;

UChar32 code_point_at(std::string_view text, std::size_t& at) {
  UChar32 c;
  U8_NEXT_OR_FFFD(reinterpret_cast<const std::uint8_t*>(text.data()), at, text.size(), c);
  return c;
}

bool closes_sentence(UChar32 c) { return c == '.' || c == '?' || c == '!'; }
bool closes_sentence_alone(UChar32 c) {  // needs no white space after it
  return c == '\n' || c == 0x2028 || c == 0x2029 || c == 0x3002 || c == 0xFF01 || c == 0xFF1F ||
         c == 0xFF0E || c == 0x0964;
}
bool closes_quotation(UChar32 c) {
  const auto type = u_charType(c);
  return c == '"' || c == '\'' || type == U_END_PUNCTUATION || type == U_FINAL_PUNCTUATION;
}

// Grapheme cluster borders of one text.
class Graphemes {
 public:
  explicit Graphemes(std::string_view text) : text_(text) {
    UErrorCode error = U_ZERO_ERROR;
    breaks_.reset(ubrk_open(UBRK_CHARACTER, "", nullptr, 0, &error));
    check(error);
  }

  // The last border in (floor, at]; 0 if there is none. `begin`, at most `floor`, is a border or where text
  // was cut. ICU sees the text between `begin` and the character after `at` only: what comes before a border
  // does not matter, and in a run of flags ICU would read back to the start of the run each time.
  std::size_t last_border(std::size_t begin, std::size_t floor, std::size_t at) {
    if (at <= floor) return 0;
    look_at(begin, at);
    const auto position = static_cast<std::int32_t>(at - begin);
    if (ubrk_isBoundary(breaks_.get(), position)) return at;
    const std::int32_t before = ubrk_preceding(breaks_.get(), position);
    const std::size_t border = before == UBRK_DONE ? 0 : begin + static_cast<std::size_t>(before);
    return border > floor ? border : 0;
  }

  // The first border after `begin`, at most `end`.
  std::size_t next_border(std::size_t begin, std::size_t end) {
    look_at(begin, end);
    const std::int32_t after = ubrk_following(breaks_.get(), 0);
    return after == UBRK_DONE ? end : std::min(end, begin + static_cast<std::size_t>(after));
  }

 private:
  // The text from `begin` to the character after `at`.
  void look_at(std::size_t begin, std::size_t at) {
    std::size_t end = at;
    if (at < text_.size()) (void)code_point_at(text_, end);
    UErrorCode error = U_ZERO_ERROR;
    window_.reset(
        utext_openUTF8(nullptr, text_.data() + begin, static_cast<std::int64_t>(end - begin), &error));
    if (U_SUCCESS(error)) ubrk_setUText(breaks_.get(), window_.get(), &error);
    check(error);
  }

  static void check(UErrorCode error) {
    if (error == U_MEMORY_ALLOCATION_ERROR) throw std::bad_alloc();
    RAPPEL_CHECK(U_SUCCESS(error), "ICU knows its character break rules");
  }

  struct Closer {
    void operator()(UText* text) const { utext_close(text); }
    void operator()(UBreakIterator* breaks) const { ubrk_close(breaks); }
  };
  std::string_view text_;
  std::unique_ptr<UText, Closer> window_;
  std::unique_ptr<UBreakIterator, Closer> breaks_;  // reads window_
};

// Byte positions in a text turned into code point positions; asked in ascending order each is read once.
class CodePoints {
 public:
  explicit CodePoints(std::string_view text) : text_(text) {}
  std::uint32_t index_of(std::size_t byte) {
    if (byte < byte_) byte_ = 0, index_ = 0;
    for (; byte_ < byte; ++byte_) index_ += (static_cast<unsigned char>(text_[byte_]) & 0xC0) != 0x80;
    return index_;
  }

 private:
  std::string_view text_;
  std::size_t byte_ = 0;
  std::uint32_t index_ = 0;
};

class Chunker {
 public:
  Chunker(std::string_view text, const TokenReader& read_tokens, const ChunkOptions& options)
      : text_(text),
        options_(options),
        tokens_(text, read_tokens, options.piece_bytes),
        graphemes_(text),
        begins_(text),
        ends_(text) {}

  Status run(const ChunkSink& take, const std::stop_token& cancel) {
    const std::size_t end = last_visible(0, text_.size());
    std::size_t begin = first_visible(0, end);
    if (ends_.index_of(end) - begins_.index_of(begin) <= options_.min_document) return {};
    std::size_t covered = begin;  // everything before it is in a chunk
    while (covered < end) {
      if (cancel.stop_requested()) return request_cancelled();
      RAPPEL_TRY(tokens_.load(begin, most_tokens() + 1));
      const std::size_t cut = next_cut(begin, covered, end);
      RAPPEL_TRY(take(chunk_of(begin, cut)));
      covered = first_visible(cut, end);
      begin = overlap_start(covered, cut, begin);
    }
    return {};
  }

 private:
  std::size_t most_tokens() const { return options_.tokens + options_.tokens / 10; }

  std::size_t first_visible(std::size_t from, std::size_t to) const {
    while (from < to) {
      std::size_t next = from;
      if (!u_isUWhiteSpace(code_point_at(text_, next))) break;
      from = next;
    }
    return from;
  }

  std::size_t last_visible(std::size_t from, std::size_t to) const {
    while (to > from) {
      std::size_t before = to - 1;
      while (before > from && (static_cast<unsigned char>(text_[before]) & 0xC0) == 0x80) --before;
      std::size_t next = before;
      if (!u_isUWhiteSpace(code_point_at(text_, next))) break;
      to = before;
    }
    return to;
  }

  // Where the piece that starts at `begin` ends: past `covered`, at most `end`.
  std::size_t next_cut(std::size_t begin, std::size_t covered, std::size_t end) {
    const std::size_t first = tokens_.after(begin);
    const std::size_t left = tokens_.size() - first;
    std::size_t limit = end;
    if (left > most_tokens()) limit = std::min(end, std::size_t{tokens_[first + options_.tokens - 1].end});
    std::size_t least = covered;
    (void)code_point_at(text_, least);
    limit = std::max(char_limit(begin, limit), least);
    if (limit >= end) return end;
    std::size_t cut = sentence_or_space(begin, covered, limit);
    if (cut == 0) cut = graphemes_.last_border(begin, covered, limit);
    if (cut == 0) cut = limit;
    RAPPEL_CHECK(cut > covered, "each chunk adds text");
    return cut;
  }

  std::size_t char_limit(std::size_t begin, std::size_t limit) const {
    const std::size_t most = options_.tokens * kMaxCharsPerToken;
    if (limit - begin <= most) return limit;
    std::size_t at = begin;
    for (std::size_t chars = 0; chars < most && at < limit; ++chars) (void)code_point_at(text_, at);
    return at;
  }

  // The best cut in (covered, limit], 0 when there is none: see the header for the rule.
  std::size_t sentence_or_space(std::size_t begin, std::size_t covered, std::size_t limit) const {
    std::size_t sentence = 0, space = 0, chars = 0;
    for (std::size_t at = begin; at < limit;) {
      const std::size_t here = at;
      const UChar32 c = code_point_at(text_, at);
      if (at <= covered) {
        ++chars;
        continue;
      }
      if (chars > options_.min_chars && ends_sentence(c, at)) sentence = at;
      if (u_isUWhiteSpace(c) && here > covered && here - begin > (limit - begin) / 2) space = here;
      ++chars;
    }
    if (std::size_t next = limit; next < text_.size() && u_isUWhiteSpace(code_point_at(text_, next)))
      space = limit;
    return sentence != 0 ? sentence : space;
  }

  // Whether a sentence ends with the character c that lies just before byte `next`.
  bool ends_sentence(UChar32 c, std::size_t next) const {
    if (closes_sentence_alone(c)) return true;
    if (!closes_sentence(c)) return false;
    if (next >= text_.size()) return true;
    const UChar32 following = code_point_at(text_, next);
    return u_isUWhiteSpace(following) || closes_quotation(following);
  }

  // Where the next chunk starts: `overlap` tokens before the cut, at a token's first byte, past the last
  // chunk's start. Giant tokens are not repeated: the overlap must leave room for new text within
  // char_limit().
  std::size_t overlap_start(std::size_t covered, std::size_t cut, std::size_t last_begin) {
    if (options_.overlap == 0 || tokens_.empty()) return covered;
    const std::size_t token = tokens_.after(cut);
    const std::size_t back = token > options_.overlap ? token - options_.overlap : 0;
    const std::size_t wanted = tokens_[std::min(back, tokens_.size() - 1)].begin;
    std::size_t start = graphemes_.last_border(last_begin, last_begin, wanted);
    if (start == 0 && wanted > last_begin) start = graphemes_.next_border(last_begin, covered);
    const bool sensible =
        start > last_begin && start < covered && covered - start <= options_.tokens * kMaxCharsPerToken / 2;
    return sensible ? first_visible(start, covered) : covered;
  }

  TextChunk chunk_of(std::size_t begin, std::size_t cut) {
    const std::size_t end = last_visible(begin, cut);
    return {std::string(text_.substr(begin, end - begin)), begins_.index_of(begin), ends_.index_of(end)};
  }

  std::string_view text_;
  const ChunkOptions& options_;
  TokenWindow tokens_;
  Graphemes graphemes_;
  CodePoints begins_;
  CodePoints ends_;
};

}  // namespace

Status chunk_text(std::string_view text, const TokenReader& read_tokens, const ChunkOptions& options,
                  const ChunkSink& take, const std::stop_token& cancel) {
  RAPPEL_CHECK(options.tokens > 0 && options.overlap < options.tokens,
               "chunk options are within their bounds");
  return Chunker(text, read_tokens, options).run(take, cancel);
}

}  // namespace rappel
