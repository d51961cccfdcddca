#include "ingest/chunk/graphemes.h"

#include <unicode/ubrk.h>
#include <unicode/utext.h>

#include <algorithm>
#include <new>

#include "base/check.h"
#include "ingest/chunk/text_scan.h"

namespace rappel {
namespace {

void check(UErrorCode error) {
  if (error == U_MEMORY_ALLOCATION_ERROR) throw std::bad_alloc();
  RAPPEL_CHECK(U_SUCCESS(error), "ICU knows its character break rules");
}

}  // namespace

void Graphemes::Closer::operator()(UText* text) const { utext_close(text); }
void Graphemes::Closer::operator()(UBreakIterator* breaks) const { ubrk_close(breaks); }

Graphemes::Graphemes(std::string_view text) : text_(text) {
  UErrorCode error = U_ZERO_ERROR;
  breaks_.reset(ubrk_open(UBRK_CHARACTER, "", nullptr, 0, &error));
  check(error);
}

Graphemes::~Graphemes() = default;

std::size_t Graphemes::last_border(std::size_t begin, std::size_t floor, std::size_t at) {
  if (at <= floor) return 0;
  look_at(begin, at);
  const auto position = static_cast<std::int32_t>(at - begin);
  if (ubrk_isBoundary(breaks_.get(), position)) return at;
  const std::int32_t before = ubrk_preceding(breaks_.get(), position);
  const std::size_t border = before == UBRK_DONE ? 0 : begin + static_cast<std::size_t>(before);
  return border > floor ? border : 0;
}

std::size_t Graphemes::next_border(std::size_t begin, std::size_t end) {
  look_at(begin, end);
  const std::int32_t after = ubrk_following(breaks_.get(), 0);
  return after == UBRK_DONE ? end : std::min(end, begin + static_cast<std::size_t>(after));
}

void Graphemes::look_at(std::size_t begin, std::size_t at) {
  std::size_t end = at;
  if (at < text_.size()) (void)code_point_at(text_, end);
  UErrorCode error = U_ZERO_ERROR;
  window_.reset(
      utext_openUTF8(nullptr, text_.data() + begin, static_cast<std::int64_t>(end - begin), &error));
  if (U_SUCCESS(error)) ubrk_setUText(breaks_.get(), window_.get(), &error);
  check(error);
}

}  // namespace rappel
