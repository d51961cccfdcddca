#include "text/words/stemmer.h"

#include <libstemmer.h>

#include <new>

#include "base/check.h"

namespace rappel {

void Stemmer::Closer::operator()(sb_stemmer* stemmer) const { sb_stemmer_delete(stemmer); }

void Stemmer::stem(WordLanguage language, std::string& word) {
  if (language == WordLanguage::kOther || word.empty()) return;
  auto& stemmer = stemmers_[static_cast<std::size_t>(language)];
  // libstemmer knows its languages by their codes.
  if (!stemmer) stemmer.reset(sb_stemmer_new(std::string(language_code(language)).c_str(), "UTF_8"));
  RAPPEL_CHECK(stemmer, "libstemmer has every language of WordLanguage");
  const sb_symbol* stem = sb_stemmer_stem(stemmer.get(), reinterpret_cast<const sb_symbol*>(word.data()),
                                          static_cast<int>(word.size()));
  if (stem == nullptr) throw std::bad_alloc();
  const int length = sb_stemmer_length(stemmer.get());
  if (length > 0) word.assign(reinterpret_cast<const char*>(stem), static_cast<std::size_t>(length));
}

}  // namespace rappel
