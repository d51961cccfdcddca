#include "ingest/chunk/chunker.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "base/cancelled.h"
#include "base/check.h"
#include "ingest/chunk/borders.h"
#include "ingest/chunk/context.h"
#include "ingest/chunk/graphemes.h"
#include "ingest/chunk/place_finder.h"
#include "ingest/chunk/sentences.h"
#include "ingest/chunk/text_scan.h"
#include "ingest/chunk/token_window.h"

namespace rappel {
namespace {

// A token can stand for any length of text (a word without an entry in the vocabulary is one token), so a
// piece is also bounded in characters.
constexpr std::size_t kMaxCharsPerToken = 32;

const Outline kNoOutline;

bool closes_sentence(UChar32 c) { return c == '.' || c == '?' || c == '!'; }
bool closes_sentence_alone(UChar32 c) {  // needs no white space after it
  return c == '\n' || c == 0x2028 || c == 0x2029 || c == 0x3002 || c == 0xFF01 || c == 0xFF1F ||
         c == 0xFF0E || c == 0x0964;
}
bool closes_quotation(UChar32 c) {
  const auto type = u_charType(c);
  return c == '"' || c == '\'' || type == U_END_PUNCTUATION || type == U_FINAL_PUNCTUATION;
}

class Chunker {
 public:
  Chunker(const SourceText& source, const TokenReader& read_tokens, const ChunkOptions& options)
      : text_(source.text),
        options_(options),
        tokens_(text_, read_tokens, options.piece_bytes),
        graphemes_(text_),
        begins_(text_),
        ends_(text_),
        outline_(source.outline != nullptr ? *source.outline : kNoOutline),
        places_(text_, outline_),
        contexts_(read_tokens, options) {
    if (options.structure && !outline_.empty()) borders_.emplace(text_, outline_);
    if (options.sentences == SentenceRules::kLanguage) sentences_.emplace(text_, source.language);
  }

  Status run(const ChunkSink& take, const std::stop_token& cancel) {
    const std::size_t end = last_visible(text_, 0, text_.size());
    std::size_t begin = first_visible(text_, 0, end);
    if (ends_.index_of(end) - begins_.index_of(begin) <= options_.min_document) return {};
    std::size_t covered = begin;  // everything before it is in a chunk
    while (covered < end) {
      if (cancel.stop_requested()) return request_cancelled();
      RAPPEL_TRY(find_size(begin));
      RAPPEL_TRY(tokens_.load(begin, 2 * most_tokens() + 2));
      const Borders::Cut cut = next_cut(begin, covered, end);
      RAPPEL_TRY(take(chunk_of(begin, cut.at)));
      covered = first_visible(text_, cut.at, end);
      begin = cut.structural ? covered : overlap_start(covered, cut.at, begin);
    }
    return {};
  }

 private:
  // The context takes from the room that the embedder has.
  Status find_size(std::size_t begin) {
    piece_tokens_ = options_.tokens;
    if (!options_.context || outline_.empty()) return {};
    RAPPEL_TRY(contexts_.set(places_.context_of(begin)));
    piece_tokens_ = contexts_.piece_tokens();
    return {};
  }

  std::size_t most_tokens() const { return piece_tokens_ + piece_tokens_ / 10; }

  // Where the piece that starts at `begin` ends: past `covered`, at most `end`.
  Borders::Cut next_cut(std::size_t begin, std::size_t covered, std::size_t end) {
    const std::size_t first = tokens_.after(begin);
    const std::size_t left = tokens_.size() - first;
    std::size_t limit = end;
    if (left > most_tokens()) limit = std::min(end, std::size_t{tokens_[first + piece_tokens_ - 1].end});
    std::size_t least = covered;
    (void)code_point_at(text_, least);
    limit = std::max(char_limit(begin, limit), least);
    if (borders_)
      if (const Borders::Cut cut = structural_cut(begin, covered, limit, end); cut.at != 0) return cut;
    if (limit >= end) return {end, true};
    std::size_t cut = sentence_or_space(begin, covered, limit);
    if (cut == 0) cut = graphemes_.last_border(begin, covered, limit);
    if (cut == 0) cut = limit;
    RAPPEL_CHECK(cut > covered, "each chunk adds text");
    if (borders_) cut = borders_->without_trailing_heading(cut, covered);
    return {cut, false};
  }

  // The byte after so many tokens from `begin` on, at most `most`.
  std::size_t after_tokens(std::size_t begin, std::size_t count, std::size_t most) const {
    const std::size_t at = tokens_.after(begin) + count;
    if (count == 0) return begin;
    return at <= tokens_.size() ? std::min(most, std::size_t{tokens_[at - 1].end}) : most;
  }

  Borders::Cut structural_cut(std::size_t begin, std::size_t covered, std::size_t limit, std::size_t end) {
    const std::size_t reach =
        limit >= end ? end : std::max(limit, char_limit(begin, after_tokens(begin, most_tokens(), end)));
    const Borders::Window window{.begin = begin,
                                 .covered = covered,
                                 .least = after_tokens(begin, piece_tokens_ / kPoorShare, reach),
                                 .section = after_tokens(begin, piece_tokens_ / kSectionShare, reach),
                                 .limit = limit,
                                 .reach = reach,
                                 .rest_fits = limit >= end};
    Borders::Cut cut = borders_->find(window, [&](std::size_t from, std::size_t to) {
      return after_tokens(from, most_tokens(), text_.size()) >= to;
    });
    if (cut.at >= end || cut.at <= covered) return {};
    if (!cut.structural) cut.at = borders_->without_trailing_heading(cut.at, covered);
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
  std::size_t sentence_or_space(std::size_t begin, std::size_t covered, std::size_t limit) {
    std::size_t sentence = 0, space = 0, chars = 0, floor = covered;
    for (std::size_t at = begin; at < limit;) {
      const std::size_t here = at;
      const UChar32 c = code_point_at(text_, at);
      if (at <= covered) {
        ++chars;
        continue;
      }
      if (chars <= options_.min_chars)
        floor = at;
      else if (!sentences_ && ends_sentence(c, at))
        sentence = at;
      if (u_isUWhiteSpace(c) && here > covered && here - begin > (limit - begin) / 2) space = here;
      ++chars;
    }
    if (std::size_t next = limit; next < text_.size() && u_isUWhiteSpace(code_point_at(text_, next)))
      space = limit;
    if (sentences_) sentence = sentences_->last_end(begin, floor, limit);
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
    return sensible ? first_visible(text_, start, covered) : covered;
  }

  TextChunk chunk_of(std::size_t begin, std::size_t cut) {
    const std::size_t end = last_visible(text_, begin, cut);
    return {.text = std::string(text_.substr(begin, end - begin)),
            .begin = begins_.index_of(begin),
            .end = ends_.index_of(end),
            .place = places_.place_of(begin, end),
            .context = contexts_.text()};
  }

  // Shares of a piece's tokens.
  static constexpr std::size_t kPoorShare = 8, kSectionShare = 4;

  std::string_view text_;
  const ChunkOptions& options_;
  TokenWindow tokens_;
  Graphemes graphemes_;
  CodePoints begins_;
  CodePoints ends_;
  const Outline& outline_;
  PlaceFinder places_;
  Contexts contexts_;
  std::optional<Borders> borders_;
  std::optional<Sentences> sentences_;
  std::size_t piece_tokens_ = 0;
};

}  // namespace

Status chunk_text(const SourceText& source, const TokenReader& read_tokens, const ChunkOptions& options,
                  const ChunkSink& take, const std::stop_token& cancel) {
  RAPPEL_CHECK(options.tokens > 0 && options.overlap < options.tokens,
               "chunk options are within their bounds");
  return Chunker(source, read_tokens, options).run(take, cancel);
}

}  // namespace rappel
