// The words of a text, as the index and its queries know them. Rules (kWordRules counts their changes):
//
//  1. NFKC and case folding. Marks fall from Latin, Greek, Cyrillic, Arabic and Hebrew letters only, and
//     invisible characters and tatweel everywhere. Letters with strokes and ligatures become plain ones
//     (ø, œ), digits of all scripts ASCII.
//  2. Word boundaries of Unicode (UAX 29). Han, kana, Hangul and Bopomofo become overlapping pairs and single
//     characters; Thai, Lao, Khmer and Burmese are cut by ICU's dictionaries.
//  3. Snowball stems each word by the language of its text, if it is written in that language's script, else
//     by the script. Stems are made before marks fall, because stemmers know their language with its marks.
//     A Latin word whose form without marks has another stem has both.
//  4. Compounds joined by one of - _ . / @ : without a space, camelCase and letters next to digits are kept
//     in parts and whole, without the joints: "ERR-4012" is err, 4012 and err4012. Numbers and versions
//     (1,000.50, v1.2.3) are whole only. Apostrophes separate. "C++" and "C#" are words, beside "c".
//  5. There is no stop list. Words end after 64 bytes.
//
// The results also depend on the versions of ICU and Snowball, because they decide characters and stems that
// are rare. Any bytes are accepted; time is linear in their number.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "text/words/language.h"
#include "text/words/word_hash.h"

namespace rappel {

constexpr std::uint32_t kWordRules = 1;

struct WordCount {
  std::uint64_t word = 0;  // word_hash of its form
  std::uint32_t count = 0;

  bool operator==(const WordCount&) const = default;
};

// How a word is written in a chunk: folded, Latin letters without marks, not stemmed (WordForms::write).
struct WordSpelling {
  std::uint64_t word = 0;   // word_hash of its form
  std::uint32_t begin = 0;  // in ChunkWords::letters
  std::uint32_t length = 0;
};

struct ChunkWords {
  std::vector<WordCount> words;  // by hash, ascending
  // Words and wholes, but for ideographs. Most come once.
  std::vector<WordSpelling> spellings;
  std::string letters;
  // Words of the chunk as it is written: a word counts once, however many forms it has and whatever compound
  // it is in, and so does an ideograph.
  std::uint32_t length = 0;
};

// A word of a query: a part, a whole, a pair of ideographs or a lonely one.
struct QueryWord {
  std::vector<FormHashes> forms;  // in each language; `form` is 0 if nothing of the word is left
  std::string written;            // as WordSpelling; empty: ideographs
  bool unfinished = false;        // the last word, or a whole with it, at the very end of the query
};

// A word of a phrase.
struct PhraseWord {
  std::uint64_t written = 0;         // as WordCutter::written() gives it
  std::vector<std::uint64_t> forms;  // in all languages, ascending, each once; a chunk with the word has one
};

// A form of a word of a text, and where the word stands: half-open, in code points of the text.
struct WordSpan {
  std::size_t begin = 0, end = 0;
  std::uint64_t form = 0;
};

// Holds stemmers, dictionaries and a cache of stems (half a MiB), so make one per thread and keep it. Not for
// several threads at a time.
class WordCutter {
 public:
  WordCutter();
  ~WordCutter();
  WordCutter(WordCutter&&) noexcept;
  WordCutter& operator=(WordCutter&&) noexcept;

  // For the index: the words of a chunk in `language`. Replaces `out`.
  void count(std::string_view chunk, WordLanguage language, ChunkWords& out);

  // For a search: the hashes of the query's words, ascending, each once, stemmed in each of `languages`
  // (kOther if there is none). A chunk that has any of them matches. A run of ideographs gives its pairs, and
  // the character only if it is alone.
  std::vector<std::uint64_t> query(std::string_view query, std::span<const WordLanguage> languages);

  // The words of `query` one by one, in order and as often as they come, with their forms in each of
  // `languages` (kOther if there is none). All forms together are what query() gives.
  std::vector<QueryWord> query_words(std::string_view query, std::span<const WordLanguage> languages);

  // The text as a sequence of words for phrases, by the hashes of what is written: folded, Latin letters
  // without marks, not stemmed. The parts of compounds come one by one, so do ideographs; "C++" is one word.
  std::vector<std::uint64_t> written(std::string_view text);
  // The same sequence of a query, to find the chunks in which each word comes.
  std::vector<PhraseWord> phrase(std::string_view phrase, std::span<const WordLanguage> languages);

  // The words that `count` counts, with their places. Words of a length beyond kLongestSpelling may be
  // missing. `chunk` is valid UTF-8.
  std::vector<WordSpan> spans(std::string_view chunk, WordLanguage language);

  // The words that `count` counts, as text, in order: for tests and explanations.
  std::vector<std::string> list(std::string_view chunk, WordLanguage language);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace rappel
