#include "text/words/word_scanner.h"

#include <algorithm>

#include "base/utf8.h"
#include "text/words/segment_parts.h"
#include "text/words/word_forms.h"

namespace rappel {
namespace {

using C = WordClass;

bool is_hebrew_letter(char32_t c) { return c >= 0x05D0 && c <= 0x05EA; }
bool is_el(char32_t c) { return c == 'l' || c == 'L'; }

}  // namespace

void WordScanner::scan(std::string_view text, WordSink& sink) {
  text_ = text;
  sink_ = &sink;
  for (std::size_t at = 0; at < text_.size();) {
    const Character here = read(at);
    if (is_letter_or_digit(here.kind))
      at = compound(at);
    else if (here.kind == C::kIdeograph)
      at = ideographs(at);
    else if (here.kind == C::kComplex)
      at = complex(at);
    else
      at += here.length;
  }
}

// Nothing, of kOther, at the end of the text.
WordScanner::Character WordScanner::read(std::size_t at) const {
  Character here;
  if (at >= text_.size()) return here;
  here.code = utf8_decode(text_, at, here.length);
  here.kind = classes_.of(here.code);
  return here;
}

std::size_t WordScanner::skip_marks(std::size_t at) const {
  for (Character here; (here = read(at)).kind == C::kMark;) at += here.length;
  return at;
}

std::size_t WordScanner::compound(std::size_t at) {
  whole_.clear();
  for (std::size_t segments = 1;; ++segments) {
    const std::size_t end = segment(at);
    if (whole_.size() < kLongestSpelling) whole_ += utf8_start(text_.substr(at, end - at), kLongestSpelling);
    const Character joint = read(end);
    const bool joins = joint.kind == C::kJoint || joint.kind == C::kDot;
    at = end + joint.length;
    if (joins && is_letter_or_digit(read(at).kind)) continue;
    if (segments > 1) sink_->whole(utf8_start(whole_, kLongestSpelling));
    return end;
  }
}

std::size_t WordScanner::segment(std::size_t at) {
  const auto spelling = [this](std::size_t from, std::size_t to) {
    return utf8_start(text_.substr(from, to - from), kLongestSpelling);
  };
  const auto emit = [&](std::size_t from, std::size_t to) { sink_->word(spelling(from, to)); };
  const std::size_t begin = at;
  SegmentParts parts(at, text_[at] == 'v' || text_[at] == 'V', emit);
  Character before;
  for (Character here; at < text_.size(); at += here.length) {
    here = read(at);
    if (here.kind == C::kMark) continue;
    if (is_letter_or_digit(here.kind)) {
      parts.add(at, here.kind);
      before = here;
    } else if (!stays_within(before, here, at)) {
      break;
    }
  }
  const bool one_letter = parts.is_one_letter();
  if (parts.finish(at) > 1) sink_->whole(spelling(begin, at));
  const std::size_t signs = one_letter ? signs_after_letter(at) : 0;
  if (signs > 0) sink_->whole(spelling(begin, at + signs));
  return at + signs;
}

// Whether `here`, at `at`, is within a segment: "1,000.50", צה"ל, col·lecció.
bool WordScanner::stays_within(const Character& before, const Character& here, std::size_t at) const {
  switch (here.kind) {
    case C::kDot:
    case C::kNumberMark: return before.kind == C::kDigit && read(at + here.length).kind == C::kDigit;
    case C::kQuote: return is_hebrew_letter(before.code) && is_hebrew_letter(read(at + here.length).code);
    case C::kMiddleDot: return is_el(before.code) && is_el(read(at + here.length).code);
    default: return false;
  }
}

// The length of "++", "+" or "#" at `at`, after a segment of one letter; 0 if a sum goes on there: "a+b".
std::size_t WordScanner::signs_after_letter(std::size_t at) const {
  std::size_t length = 0;
  while (length < 2 && read(at + length).kind == C::kSign) ++length;
  const C after = read(at + length).kind;
  const bool goes_on = is_letter(after) || after == C::kSign || (after == C::kDigit && length < 2);
  return goes_on ? 0 : length;
}

std::size_t WordScanner::ideographs(std::size_t at) {
  std::size_t begin = at, end = skip_marks(at + read(at).length);
  for (bool alone = true;; alone = false) {
    const Character next = read(end);
    const bool last = next.kind != C::kIdeograph;
    sink_->ideograph(utf8_start(text_.substr(begin, end - begin), kLongestSpelling / 2), alone && last);
    if (last) return end;
    const std::size_t next_end = skip_marks(end + next.length);
    sink_->pair(utf8_start(text_.substr(begin, next_end - begin), kLongestSpelling));
    begin = end;
    end = next_end;
  }
}

std::size_t WordScanner::complex(std::size_t at) {
  std::size_t end = at;
  for (Character here; (here = read(end)).kind == C::kComplex || here.kind == C::kMark;) end += here.length;
  for (const std::string_view word : dictionary_.cut(text_.substr(at, end - at)))
    sink_->word(utf8_start(word, kLongestSpelling));
  return end;
}

}  // namespace rappel
