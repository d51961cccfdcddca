#include "text/words/word_dictionary.h"

#include <unicode/ubrk.h>
#include <unicode/utext.h>

#include <new>

#include "base/check.h"

namespace rappel {
namespace {

void check(UErrorCode error) {
  if (error == U_MEMORY_ALLOCATION_ERROR) throw std::bad_alloc();
  RAPPEL_CHECK(U_SUCCESS(error), "ICU knows its word break rules");
}

struct TextCloser {
  void operator()(UText* text) const { utext_close(text); }
};

// NFKC takes Thai and Lao AM apart; the dictionaries have it whole.
void compose_am(std::string_view run, std::string& out) {
  constexpr struct {
    std::string_view apart, whole;
  } kSigns[] = {{"\u0E4D\u0E32", "\u0E33"}, {"\u0ECD\u0EB2", "\u0EB3"}};
  out.clear();
  for (std::size_t at = 0; at < run.size();) {
    const auto before = out.size();
    for (const auto& sign : kSigns)
      if (run.substr(at, sign.apart.size()) == sign.apart) out += sign.whole;
    if (out.size() == before)
      out += run[at++];
    else
      at += kSigns[0].apart.size();
  }
}

}  // namespace

void WordDictionary::Closer::operator()(UBreakIterator* breaks) const { ubrk_close(breaks); }

const std::vector<std::string_view>& WordDictionary::cut(std::string_view run) {
  UErrorCode error = U_ZERO_ERROR;
  if (!breaks_) breaks_.reset(ubrk_open(UBRK_WORD, "", nullptr, 0, &error));
  check(error);
  compose_am(run, run_);
  const std::unique_ptr<UText, TextCloser> text(
      utext_openUTF8(nullptr, run_.data(), static_cast<std::int64_t>(run_.size()), &error));
  check(error);
  ubrk_setUText(breaks_.get(), text.get(), &error);
  check(error);
  words_.clear();
  std::int32_t begin = ubrk_first(breaks_.get());
  for (std::int32_t end; (end = ubrk_next(breaks_.get())) != UBRK_DONE; begin = end)
    words_.push_back(std::string_view(run_).substr(static_cast<std::size_t>(begin),
                                                   static_cast<std::size_t>(end - begin)));
  return words_;
}

}  // namespace rappel
