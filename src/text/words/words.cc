#include "text/words/words.h"

#include <algorithm>

#include "base/ascii.h"
#include "text/words/hashed_forms.h"
#include "text/words/word_forms.h"
#include "text/words/word_hash.h"
#include "text/words/word_origins.h"
#include "text/words/word_scanner.h"
#include "text/words/word_spans.h"
#include "text/words/word_text.h"
#include "text/words/written_words.h"

namespace rappel {
namespace {

class ListSink : public WordSink {
 public:
  ListSink(WordForms& forms, WordLanguage language) : forms_(forms), language_(language) {}

  void word(std::string_view word) override {
    forms_.make(word, language_, form_, unmarked_);
    for (const std::string* form : {&form_, &unmarked_})
      if (!form->empty()) words.push_back(*form);
  }
  void whole(std::string_view word) override { this->word(word); }
  void ideograph(std::string_view character, bool) override { words.emplace_back(character); }
  void pair(std::string_view characters) override { words.emplace_back(characters); }

  std::vector<std::string> words;

 private:
  WordForms& forms_;
  const WordLanguage language_;
  std::string form_, unmarked_;
};

// Gathers hashes.
class HashSink : public WordSink {
 public:
  HashSink(HashedForms& forms, std::vector<std::uint64_t>& hashes) : hashes_(hashes), forms_(forms) {}

  void use(WordLanguage language) { language_ = language; }

  void word(std::string_view word) override { add_forms(word); }
  void whole(std::string_view word) override { add_forms(word); }
  void pair(std::string_view characters) override { hashes_.push_back(word_hash(characters)); }

 protected:
  KnownWord& add_forms(std::string_view word) {
    KnownWord& known = forms_.known(word, language_);
    if (known.forms.form != 0) hashes_.push_back(known.forms.form);
    if (known.forms.unmarked != 0) hashes_.push_back(known.forms.unmarked);
    return known;
  }

  std::vector<std::uint64_t>& hashes_;

 private:
  HashedForms& forms_;
  WordLanguage language_ = WordLanguage::kOther;
};

class ChunkSink final : public HashSink {
 public:
  // `number`: of the chunk, for the marks of known words.
  ChunkSink(HashedForms& forms, std::vector<std::uint64_t>& hashes, std::uint32_t number, ChunkWords& out)
      : HashSink(forms, hashes), number_(number), out_(out) {}

  // A word of which nothing is left does not count.
  void word(std::string_view word) override {
    KnownWord& known = add_forms(word);
    add_spelling(known);
    length += known.forms.form != 0 ? 1 : 0;
  }
  void whole(std::string_view word) override { add_spelling(add_forms(word)); }
  void ideograph(std::string_view character, bool) override {
    hashes_.push_back(word_hash(character));
    ++length;
  }

  std::uint32_t length = 0;

 private:
  void add_spelling(KnownWord& known) {
    if (known.last_chunk == number_ || known.forms.form == 0) return;
    known.last_chunk = number_;
    out_.spellings.push_back({known.forms.form, static_cast<std::uint32_t>(out_.letters.size()),
                              static_cast<std::uint32_t>(known.written.size())});
    out_.letters += known.written;
  }

  const std::uint32_t number_;
  ChunkWords& out_;
};

class QuerySink final : public HashSink {
 public:
  using HashSink::HashSink;
  void ideograph(std::string_view character, bool alone) override {
    if (alone) hashes_.push_back(word_hash(character));
  }
};

class QueryWordSink final : public WordSink {
 public:
  QueryWordSink(HashedForms& forms, std::span<const WordLanguage> languages)
      : forms_(forms), languages_(languages) {}

  void word(std::string_view word) override {
    last_ = words.size();
    whole(word);
  }
  void whole(std::string_view word) override {
    QueryWord& added = words.emplace_back();
    for (const WordLanguage language : languages_) {
      const KnownWord& known = forms_.known(word, language);
      added.forms.push_back(known.forms);
      added.written = known.written;
    }
  }
  void ideograph(std::string_view character, bool alone) override {
    if (alone) pair(character);
    last_ = words.size();
  }
  void pair(std::string_view characters) override {
    words.push_back({std::vector<FormHashes>(languages_.size(), {word_hash(characters), 0})});
    last_ = words.size();
  }

  // The text has ended, in the middle of its last word.
  void stop_within() {
    for (std::size_t i = last_; i < words.size(); ++i) words[i].unfinished = true;
  }

  std::vector<QueryWord> words;

 private:
  HashedForms& forms_;
  const std::span<const WordLanguage> languages_;
  std::size_t last_ = 0;  // the last word; its wholes follow
};

// False after a space, a mark of punctuation or a sign.
bool ends_within_word(std::string_view text) {
  if (text.empty()) return false;
  const char last = text.back();
  return static_cast<unsigned char>(last) >= 0x80 || (lower_case(last) >= 'a' && lower_case(last) <= 'z') ||
         (last >= '0' && last <= '9');
}

constexpr WordLanguage kByScript[] = {WordLanguage::kOther};
std::span<const WordLanguage> some_of(std::span<const WordLanguage> languages) {
  return languages.empty() ? std::span(kByScript) : languages;
}

void count_runs(const std::vector<std::uint64_t>& sorted, std::vector<WordCount>& out) {
  out.clear();
  for (const std::uint64_t word : sorted)
    if (!out.empty() && out.back().word == word)
      ++out.back().count;
    else
      out.push_back({word, 1});
}

}  // namespace

class WordCutter::Impl {
 public:
  void count(std::string_view chunk, WordLanguage language, ChunkWords& out) {
    hashes_.clear();
    out.spellings.clear();
    out.letters.clear();
    if (++chunks_ == 0) ++chunks_;  // 0 marks a word that no chunk had
    ChunkSink sink(hashed_, hashes_, chunks_, out);
    sink.use(language);
    scanner_.scan(text_.prepare(chunk), sink);
    std::sort(hashes_.begin(), hashes_.end());
    count_runs(hashes_, out.words);
    out.length = sink.length;
  }

  std::vector<std::uint64_t> query(std::string_view query, std::span<const WordLanguage> languages) {
    std::vector<std::uint64_t> hashes;
    QuerySink sink(hashed_, hashes);
    const std::string_view text = text_.prepare(query);
    for (const WordLanguage language : some_of(languages)) {
      sink.use(language);
      scanner_.scan(text, sink);
    }
    std::sort(hashes.begin(), hashes.end());
    hashes.erase(std::unique(hashes.begin(), hashes.end()), hashes.end());
    return hashes;
  }

  std::vector<QueryWord> query_words(std::string_view query, std::span<const WordLanguage> languages) {
    QueryWordSink sink(hashed_, some_of(languages));
    const std::string_view text = text_.prepare(query);
    scanner_.scan(text, sink);
    if (ends_within_word(text)) sink.stop_within();
    return std::move(sink.words);
  }

  std::vector<PhraseWord> written(std::string_view text, std::span<const WordLanguage> languages) {
    WrittenWords sink(forms_, hashed_, languages);
    scanner_.scan(text_.prepare(text), sink);
    return std::move(sink.words);
  }

  std::vector<WordSpan> spans(std::string_view chunk, WordLanguage language) {
    const std::string_view text = origins_.prepare(chunk);
    SpanSink sink(hashed_, language, text);
    scanner_.scan(text, sink);
    for (WordSpan& span : sink.spans) {
      const std::size_t last = span.end - 1;
      span.begin = origins_.begin_of(span.begin);
      span.end = origins_.end_of(last);
    }
    return std::move(sink.spans);
  }

  std::vector<std::string> list(std::string_view chunk, WordLanguage language) {
    ListSink sink(forms_, language);
    scanner_.scan(text_.prepare(chunk), sink);
    return std::move(sink.words);
  }

 private:
  WordText text_;
  WordOrigins origins_;
  WordScanner scanner_;
  WordForms forms_;
  HashedForms hashed_{forms_};
  std::vector<std::uint64_t> hashes_;
  std::uint32_t chunks_ = 0;
};

WordCutter::WordCutter() : impl_(std::make_unique<Impl>()) {}
WordCutter::~WordCutter() = default;
WordCutter::WordCutter(WordCutter&&) noexcept = default;
WordCutter& WordCutter::operator=(WordCutter&&) noexcept = default;

void WordCutter::count(std::string_view chunk, WordLanguage language, ChunkWords& out) {
  impl_->count(chunk, language, out);
}

std::vector<std::uint64_t> WordCutter::query(std::string_view query,
                                             std::span<const WordLanguage> languages) {
  return impl_->query(query, languages);
}

std::vector<QueryWord> WordCutter::query_words(std::string_view query,
                                               std::span<const WordLanguage> languages) {
  return impl_->query_words(query, languages);
}

std::vector<std::uint64_t> WordCutter::written(std::string_view text) {
  std::vector<std::uint64_t> hashes;
  for (const PhraseWord& word : impl_->written(text, {})) hashes.push_back(word.written);
  return hashes;
}

std::vector<PhraseWord> WordCutter::phrase(std::string_view phrase, std::span<const WordLanguage> languages) {
  return impl_->written(phrase, some_of(languages));
}

std::vector<WordSpan> WordCutter::spans(std::string_view chunk, WordLanguage language) {
  return impl_->spans(chunk, language);
}

std::vector<std::string> WordCutter::list(std::string_view chunk, WordLanguage language) {
  return impl_->list(chunk, language);
}

}  // namespace rappel
