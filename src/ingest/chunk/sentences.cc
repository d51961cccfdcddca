#include "ingest/chunk/sentences.h"

#include <unicode/ubrk.h>
#include <unicode/utext.h>

#include <algorithm>
#include <new>

#include "base/check.h"
#include "ingest/chunk/text_scan.h"

namespace rappel {
namespace {

// Bytes after a sentence end that its rules look at: the first letter that follows decides.
constexpr std::size_t kAhead = 128;
constexpr std::size_t kLongestWord = 16;
constexpr int kMostMarks = 4;  // opening or closing ones in a row

void check(UErrorCode error) {
  if (error == U_MEMORY_ALLOCATION_ERROR) throw std::bad_alloc();
  RAPPEL_CHECK(U_SUCCESS(error), "ICU knows its sentence break rules");
}

bool is_continuation(char c) { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

bool is_one_of(UChar32 c, UCharCategory one, UCharCategory other) {
  const auto type = u_charType(c);
  return type == one || type == other;
}

UChar32 last_character(std::string_view text, std::size_t begin, std::size_t end) {
  std::size_t at = end - 1;
  while (at > begin && is_continuation(text[at])) --at;
  return code_point_at(text, at);
}

// The word of letters at `begin`.
std::string_view word_at(std::string_view text, std::size_t begin) {
  std::size_t end = begin;
  for (std::size_t next = begin; next < text.size() && u_isalpha(code_point_at(text, next));) end = next;
  return text.substr(begin, end - begin);
}

}  // namespace

void Sentences::Closer::operator()(UText* text) const { utext_close(text); }
void Sentences::Closer::operator()(UBreakIterator* breaks) const { ubrk_close(breaks); }

Sentences::Sentences(std::string_view text, std::string_view language)
    : text_(text), language_(language.empty() ? language_of_text(text) : language_of_tag(language)) {
  UErrorCode error = U_ZERO_ERROR;
  breaks_.reset(ubrk_open(UBRK_SENTENCE, "", nullptr, 0, &error));
  check(error);
}

Sentences::~Sentences() = default;

std::size_t Sentences::last_end(std::size_t begin, std::size_t floor, std::size_t at) {
  if (at <= floor) return 0;
  std::size_t end = std::min(text_.size(), at + kAhead);
  while (end < text_.size() && is_continuation(text_[end])) ++end;
  UErrorCode error = U_ZERO_ERROR;
  window_.reset(
      utext_openUTF8(nullptr, text_.data() + begin, static_cast<std::int64_t>(end - begin), &error));
  if (U_SUCCESS(error)) ubrk_setUText(breaks_.get(), window_.get(), &error);
  check(error);
  // The end of the window is an end of the text for ICU, and a border only if it is one.
  std::int32_t border = end == text_.size()
                            ? ubrk_last(breaks_.get())
                            : ubrk_preceding(breaks_.get(), static_cast<std::int32_t>(end - begin));
  for (; border != UBRK_DONE && border > 0; border = ubrk_previous(breaks_.get())) {
    const std::size_t visible = end_at(begin, begin + static_cast<std::size_t>(border));
    if (visible <= floor) return 0;
    if (visible <= at && is_over(begin, visible)) return visible;
  }
  return 0;
}

// ICU ends "Non !" before its closing mark if there is a space, and takes an opening mark to the sentence
// before it if there is none.
std::size_t Sentences::end_at(std::size_t begin, std::size_t border) const {
  std::size_t end = last_visible(text_, begin, border);
  for (int i = 0; i < kMostMarks && end > begin; ++i) {
    const UChar32 last = last_character(text_, begin, end);
    if (!is_one_of(last, U_START_PUNCTUATION, U_INITIAL_PUNCTUATION)) break;
    end = last_visible(text_, begin, end - static_cast<std::size_t>(U8_LENGTH(last)));
  }
  for (int i = 0; i < kMostMarks; ++i) {
    std::size_t after = first_visible(text_, end, std::min(text_.size(), end + kAhead));
    if (after >= text_.size() ||
        !is_one_of(code_point_at(text_, after), U_END_PUNCTUATION, U_FINAL_PUNCTUATION))
      break;
    end = after;
  }
  return end;
}

bool Sentences::is_over(std::size_t begin, std::size_t end) const {
  const std::size_t next = first_visible(text_, end, text_.size());
  if (next == text_.size()) return true;
  std::size_t after = next;
  const UChar32 following = code_point_at(text_, after);
  const std::string_view gap = text_.substr(end, next - end);
  const auto lines = std::count(gap.begin(), gap.end(), '\n');
  if (lines > 1 || gap.find('\f') != std::string_view::npos) return true;
  if (lines == 0 && u_islower(following)) return false;
  const UChar32 last = last_character(text_, begin, end);
  if (last == '.') return !ends_with_abbreviation(begin, end, next);
  const bool terminated = u_hasBinaryProperty(last, UCHAR_S_TERM) || last == ':' || last == ';';
  return terminated || !u_islower(following);
}

bool Sentences::ends_with_abbreviation(std::size_t begin, std::size_t end, std::size_t next) const {
  const std::size_t stop = end - 1;
  std::size_t from = stop;
  while (from > begin && stop - from <= kLongestWord) {
    std::size_t before = from - 1;
    while (before > begin && is_continuation(text_[before])) --before;
    std::size_t after = before;
    const UChar32 c = code_point_at(text_, after);
    if (!u_isalnum(c) && c != '.' && c != '-') break;
    from = before;
  }
  const std::string_view word = text_.substr(from, stop - from);
  if (word.empty() || word.size() > kLongestWord) return false;
  if (std::all_of(word.begin(), word.end(), is_digit)) {
    const bool numbers_line = from == 0 || text_[from - 1] == '\n';
    return numbers_line || (language_ == Language::kGerman && is_german_month(word_at(text_, next)));
  }
  std::size_t after = 0;
  const bool one_letter = u_isalpha(code_point_at(word, after)) && after == word.size();
  return one_letter || is_abbreviation(language_, word, is_digit(text_[next]));
}

}  // namespace rappel
