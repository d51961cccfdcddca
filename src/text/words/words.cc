#include "text/words/words.h"

#include <algorithm>

#include "text/words/stem_cache.h"
#include "text/words/word_forms.h"
#include "text/words/word_hash.h"
#include "text/words/word_scanner.h"
#include "text/words/word_text.h"

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

// Keeps languages apart. A seed would not: XXH3 of three bytes is theirs and the seed's exclusive or, mixed.
std::uint64_t spelling_of(std::string_view word, WordLanguage language) {
  constexpr std::uint64_t kGoldenRatio = 0x9E3779B97F4A7C15;
  return word_hash(word) ^ static_cast<std::uint64_t>(language) * kGoldenRatio;
}

// Gathers hashes.
class HashSink : public WordSink {
 public:
  HashSink(WordForms& forms, StemCache& cache, std::vector<std::uint64_t>& hashes)
      : hashes_(hashes), forms_(forms), cache_(cache) {}

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
    const FormHashes& hashes = cache_.get(spelling_of(word, language_), [&] { return make(word); });
    if (hashes.form != 0) hashes_.push_back(hashes.form);
    if (hashes.unmarked != 0) hashes_.push_back(hashes.unmarked);
    return hashes.form != 0;
  }

  FormHashes make(std::string_view word) {
    forms_.make(word, language_, form_, unmarked_);
    return {form_.empty() ? 0 : word_hash(form_), unmarked_.empty() ? 0 : word_hash(unmarked_)};
  }

  WordForms& forms_;
  StemCache& cache_;
  WordLanguage language_ = WordLanguage::kOther;
  std::string form_, unmarked_;
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
    ChunkSink sink(forms_, cache_, hashes_);
    sink.use(language);
    scanner_.scan(text_.prepare(chunk), sink);
    std::sort(hashes_.begin(), hashes_.end());
    count_runs(hashes_, out.words);
    out.length = sink.length;
  }

  std::vector<std::uint64_t> query(std::string_view query, std::span<const WordLanguage> languages) {
    constexpr WordLanguage kByScript[] = {WordLanguage::kOther};
    std::vector<std::uint64_t> hashes;
    QuerySink sink(forms_, cache_, hashes);
    const std::string_view text = text_.prepare(query);
    for (const WordLanguage language : languages.empty() ? std::span(kByScript) : languages) {
      sink.use(language);
      scanner_.scan(text, sink);
    }
    std::sort(hashes.begin(), hashes.end());
    hashes.erase(std::unique(hashes.begin(), hashes.end()), hashes.end());
    return hashes;
  }

  std::vector<std::string> list(std::string_view chunk, WordLanguage language) {
    ListSink sink(forms_, language);
    scanner_.scan(text_.prepare(chunk), sink);
    return std::move(sink.words);
  }

 private:
  WordText text_;
  WordScanner scanner_;
  WordForms forms_;
  StemCache cache_;
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

std::vector<std::string> WordCutter::list(std::string_view chunk, WordLanguage language) {
  return impl_->list(chunk, language);
}

}  // namespace rappel
