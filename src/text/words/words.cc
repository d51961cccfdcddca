#include "text/words/words.h"

#include <algorithm>

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

  void word(std::string_view word) override { length += add_forms(word) ? 1 : 0; }
  void whole(std::string_view word) override { add_forms(word); }
  void pair(std::string_view characters) override { hashes_.push_back(word_hash(characters)); }

  std::uint32_t length = 0;

 protected:
  std::vector<std::uint64_t>& hashes_;

 private:
  // False if nothing of the word is left.
  bool add_forms(std::string_view word) {
    const FormHashes& hashes = forms_.of(word, language_);
    if (hashes.form != 0) hashes_.push_back(hashes.form);
    if (hashes.unmarked != 0) hashes_.push_back(hashes.unmarked);
    return hashes.form != 0;
  }

  HashedForms& forms_;
  WordLanguage language_ = WordLanguage::kOther;
};

class ChunkSink final : public HashSink {
 public:
  using HashSink::HashSink;
  void ideograph(std::string_view character, bool) override {
    hashes_.push_back(word_hash(character));
    ++length;
  }
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
    QueryWord& added = words.emplace_back();
    for (const WordLanguage language : languages_) added.forms.push_back(forms_.of(word, language));
  }
  void whole(std::string_view word) override { this->word(word); }
  void ideograph(std::string_view character, bool alone) override {
    if (alone) pair(character);
  }
  void pair(std::string_view characters) override {
    words.push_back({std::vector<FormHashes>(languages_.size(), {word_hash(characters), 0})});
  }

  std::vector<QueryWord> words;

 private:
  HashedForms& forms_;
  const std::span<const WordLanguage> languages_;
};

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
    ChunkSink sink(hashed_, hashes_);
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
    scanner_.scan(text_.prepare(query), sink);
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
