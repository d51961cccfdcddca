#include "text/words/written_words.h"

#include <algorithm>

namespace rappel {

void WrittenWords::word(std::string_view word) {
  last_ = word;
  add(word);
}

// Only a letter with its signs is written so; other wholes have come in parts.
void WrittenWords::whole(std::string_view word) {
  const bool signs = !last_.empty() && word.size() > last_.size() && word.starts_with(last_) &&
                     word.find_first_not_of("+#", last_.size()) == std::string_view::npos;
  if (!signs) return;
  words.pop_back();
  add(word);
}

void WrittenWords::ideograph(std::string_view character, bool) {
  last_.clear();
  const std::uint64_t hash = word_hash(character);
  words.push_back({hash, {}});
  if (!languages_.empty()) words.back().forms.push_back(hash);
}

void WrittenWords::add(std::string_view word) {
  forms_.write(word, buffer_);
  words.push_back({word_hash(buffer_), forms_of(word)});
}

std::vector<std::uint64_t> WrittenWords::forms_of(std::string_view word) {
  std::vector<std::uint64_t> hashes;
  for (const WordLanguage language : languages_) {
    const FormHashes& forms = hashed_.of(word, language);
    for (const std::uint64_t form : {forms.form, forms.unmarked})
      if (form != 0) hashes.push_back(form);
  }
  std::sort(hashes.begin(), hashes.end());
  hashes.erase(std::unique(hashes.begin(), hashes.end()), hashes.end());
  return hashes;
}

}  // namespace rappel
