#include "store/sqlite/text_matcher.h"

#include <algorithm>
#include <string>

#include "store/sqlite/chunk_rows.h"
#include "store/sqlite/connection.h"

namespace rappel::sqlite {
namespace {

std::vector<RowRange> all_rows(const PostingsIndex& index) {
  if (index.blocks().empty()) return {};
  const RowRange first = index.blocks().front().block->span(), last = index.blocks().back().block->span();
  return {{first.first, last.first + last.count - first.first}};
}

bool contains(std::span<const RowRange> ranges, std::int64_t row) {
  const auto after = std::partition_point(ranges.begin(), ranges.end(),
                                          [&](const RowRange& range) { return range.first <= row; });
  return after != ranges.begin() && row < std::prev(after)->first + std::prev(after)->count;
}

bool has_sequence(const std::vector<std::uint64_t>& words, const std::vector<std::uint64_t>& phrase) {
  return std::search(words.begin(), words.end(), phrase.begin(), phrase.end()) != words.end();
}

}  // namespace

// Words that have no form are in no index, so they restrict nothing.
TextMatcher::Phrase TextMatcher::make(const std::vector<PhraseWord>& words, const PostingsIndex& index) {
  Phrase phrase{{}, all_rows(index)};
  for (const PhraseWord& word : words) {
    phrase.words.push_back(word.written);
    if (word.forms.empty() || phrase.rows.empty()) continue;
    phrase.rows = intersection(phrase.rows, index.rows_with_any(word.forms));
  }
  return phrase;
}

TextMatcher::TextMatcher(const TextConditions& conditions, WordCutter& cutter,
                         std::span<const WordLanguage> languages, const PostingsIndex& words)
    : candidates_(all_rows(words)) {
  const auto cut = [&](const std::string& text) { return cutter.phrase(text, languages); };
  for (const std::string& text : conditions.phrases) {
    const std::vector<PhraseWord> phrase = cut(text);
    if (phrase.empty()) continue;
    phrases_.push_back(make(phrase, words));
    candidates_ = intersection(candidates_, phrases_.back().rows);
  }
  for (const std::string& text : conditions.without_phrases)
    if (const std::vector<PhraseWord> phrase = cut(text); !phrase.empty())
      without_phrases_.push_back(make(phrase, words));
  for (const std::string& text : conditions.without_words) {
    const std::vector<PhraseWord> word = cut(text);
    if (word.size() == 1) candidates_ = difference(candidates_, words.rows_with_any(word.front().forms));
    if (word.size() > 1) without_phrases_.push_back(make(word, words));
  }
}

bool TextMatcher::fulfils(const std::vector<std::uint64_t>& words) const {
  return std::all_of(phrases_.begin(), phrases_.end(),
                     [&](const Phrase& phrase) { return has_sequence(words, phrase.words); }) &&
         std::none_of(without_phrases_.begin(), without_phrases_.end(),
                      [&](const Phrase& phrase) { return has_sequence(words, phrase.words); });
}

Result<bool> TextMatcher::matches(Connection& db, WordCutter& cutter, std::int64_t row) {
  if (const auto known = known_.find(row); known != known_.end()) return known->second;
  const bool may_have = std::any_of(without_phrases_.begin(), without_phrases_.end(),
                                    [&](const Phrase& phrase) { return contains(phrase.rows, row); });
  if (phrases_.empty() && !may_have) return true;
  RAPPEL_ASSIGN(Statement select,
                db.prepare(std::string("SELECT ") + kChunkColumns + " FROM chunks c WHERE c.row = ?1"));
  RAPPEL_ASSIGN(const bool found, select.bind(1, row).step());
  if (!found) return db.damaged("the chunk of row " + std::to_string(row) + " is missing");
  RAPPEL_ASSIGN(const ChunkFields chunk, read_chunk(db, select));
  const bool fulfilled = fulfils(cutter.written(chunk.text));
  known_.emplace(row, fulfilled);
  return fulfilled;
}

}  // namespace rappel::sqlite
