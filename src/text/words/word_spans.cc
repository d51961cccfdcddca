#include "text/words/word_spans.h"

#include <algorithm>
#include <functional>

#include "text/words/word_forms.h"
#include "text/words/word_hash.h"

namespace rappel {
namespace {

constexpr std::size_t kAmBytes = 3;  // of one character of the signs
// As the dictionaries have the vowel sign AM, and as NFKC leaves it.
struct AmSign {
  std::string_view whole, apart;
};
constexpr AmSign kAmSigns[] = {{"\u0E33", "\u0E4D\u0E32"}, {"\u0EB3", "\u0ECD\u0EB2"}};

}  // namespace

void SpanSink::word(std::string_view word) {
  add(word, is_of_text(word) ? of_text(word) : of_dictionary(word));
}

void SpanSink::whole(std::string_view word) {
  add(word, is_of_text(word) ? of_text(word) : of_compound(word));
}

void SpanSink::pair(std::string_view characters) {
  const Bytes place = of_text(characters);
  last_ = place.end;
  spans.push_back({place.begin, place.end, word_hash(characters)});
}

bool SpanSink::is_of_text(std::string_view word) const {
  const std::less_equal<const char*> not_after;
  return not_after(text_.data(), word.data()) &&
         not_after(word.data() + word.size(), text_.data() + text_.size());
}

SpanSink::Bytes SpanSink::of_text(std::string_view word) const {
  const auto begin = static_cast<std::size_t>(word.data() - text_.data());
  return {begin, begin + word.size()};
}

// The words of a dictionary follow one another.
SpanSink::Bytes SpanSink::of_dictionary(std::string_view word) const {
  for (std::size_t at = last_; at < text_.size(); ++at)
    if (const std::size_t end = end_of_dictionary_word(word, at); end > at) return {at, end};
  return {};
}

// The end of the word that begins at `at` of the text; 0 if another one does.
std::size_t SpanSink::end_of_dictionary_word(std::string_view word, std::size_t at) const {
  for (std::size_t i = 0; i < word.size();) {
    const auto* const sign = std::find_if(std::begin(kAmSigns), std::end(kAmSigns), [&](const AmSign& am) {
      return word.substr(i, kAmBytes) == am.whole && text_.substr(at, 2 * kAmBytes) == am.apart;
    });
    if (sign != std::end(kAmSigns)) {
      i += kAmBytes;
      at += 2 * kAmBytes;
    } else if (at < text_.size() && text_[at] == word[i]) {
      ++i;
      ++at;
    } else {
      return 0;
    }
  }
  return at;
}

// A compound ends with the last word; `word` lacks its joints.
SpanSink::Bytes SpanSink::of_compound(std::string_view word) const {
  if (word.size() + kAmBytes >= kLongestSpelling) return {};  // may be cut
  std::size_t begin = last_;
  for (std::size_t left = word.size(); left > 0; --begin) {
    if (begin == 0) return {};
    if (text_[begin - 1] == word[left - 1]) --left;
  }
  return {begin, last_};
}

void SpanSink::add(std::string_view word, Bytes place) {
  if (place.begin == place.end) return;
  last_ = std::max(last_, place.end);
  const FormHashes forms = forms_.of(word, language_);
  for (const std::uint64_t form : {forms.form, forms.unmarked})
    if (form != 0) spans.push_back({place.begin, place.end, form});
}

}  // namespace rappel
