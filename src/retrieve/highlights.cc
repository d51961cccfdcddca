#include "retrieve/highlights.h"

#include <algorithm>
#include <set>
#include <unordered_map>

#include "ingest/chunk/sentences.h"
#include "ingest/chunk/text_scan.h"
#include "text/words/language.h"

namespace rappel {
namespace {

constexpr std::size_t kMostParts = 256;

// A word of the query with its share of the weight of its part.
struct Wanted {
  std::size_t word = 0;  // its number
  double weight = 0;
};
using WantedForms = std::unordered_map<std::uint64_t, Wanted>;

// A place of the text that has a word of the query.
struct Match {
  TextRange range;
  Wanted wanted;
};

WantedForms forms_of(WordCutter& cutter, std::span<const QueryPart> query, WordLanguage language) {
  WantedForms forms;
  std::size_t number = 0;
  for (const QueryPart& part : query) {
    const std::vector<QueryWord> words = cutter.query_words(part.text, {&language, 1});
    for (const QueryWord& word : words) {
      const Wanted wanted{number++, part.weight / static_cast<double>(words.size())};
      for (const FormHashes& hashes : word.forms)
        for (const std::uint64_t form : {hashes.form, hashes.unmarked})
          if (form != 0) forms.try_emplace(form, wanted);
    }
  }
  return forms;
}

std::vector<TextRange> merged(const std::vector<Match>& matches) {
  std::vector<TextRange> ranges;
  for (const Match& match : matches)
    if (!ranges.empty() && match.range.begin < ranges.back().end)
      ranges.back().end = std::max(ranges.back().end, match.range.end);
    else
      ranges.push_back(match.range);
  return ranges;
}

// In code points, in order, without the white space between them.
std::vector<TextRange> sentences_of(std::string_view text) {
  std::vector<std::size_t> ends;  // bytes, descending
  Sentences sentences(text, "");
  for (std::size_t at = last_visible(text, 0, text.size()); at > 0; at = sentences.last_end(0, 0, at - 1))
    ends.push_back(at);
  std::vector<TextRange> ranges;
  CodePoints points(text);
  std::size_t begin = 0;
  for (auto end = ends.rbegin(); end != ends.rend(); begin = *end++) {
    const std::size_t from = points.index_of(first_visible(text, begin, *end));
    ranges.push_back({from, points.index_of(*end)});
  }
  return ranges;
}

// `matches` by their begin.
std::optional<TextRange> best_of(const std::vector<TextRange>& sentences, const std::vector<Match>& matches) {
  std::optional<TextRange> best;
  double most = 0;
  auto match = matches.begin();
  for (const TextRange& sentence : sentences) {
    double weight = 0;
    std::set<std::size_t> counted;
    for (; match != matches.end() && match->range.begin < sentence.end; ++match)
      if (counted.insert(match->wanted.word).second) weight += match->wanted.weight;
    if (weight <= most) continue;
    most = weight;
    best = sentence;
  }
  return best;
}

}  // namespace

Result<std::vector<QueryPart>> weigh_parts(StoreReader& reader, const LexicalSignal& signal) {
  std::vector<QueryPart> parts;
  std::set<std::string, std::less<>> known;
  const auto add = [&](std::string_view text) -> Status {
    if (parts.size() == kMostParts || !known.insert(std::string(text)).second) return {};
    RAPPEL_ASSIGN(const std::optional<double> best, reader.best_score(LexicalSignal{text}));
    parts.push_back({std::string(text), best.value_or(1)});
    return {};
  };
  const std::string_view query = signal.text;
  for (std::size_t at = 0, end; (at = first_visible(query, at, query.size())) < query.size(); at = end) {
    for (end = at; end < query.size() && first_visible(query, end, query.size()) == end;)
      code_point_at(query, end);
    RAPPEL_TRY(add(query.substr(at, end - at)));
    if (parts.size() == kMostParts) return parts;
  }
  if (!signal.typos && !signal.prefix) return parts;
  RAPPEL_ASSIGN(const std::vector<WordGuess> guessed, reader.guesses(signal));
  for (const WordGuess& one : guessed)
    for (const std::string& guess : one.guesses) RAPPEL_TRY(add(guess));
  return parts;
}

Highlights find_highlights(WordCutter& cutter, std::span<const QueryPart> query, std::string_view text) {
  const WordLanguage language = detect_language(text);
  const WantedForms wanted = forms_of(cutter, query, language);
  std::vector<Match> matches;
  for (const WordSpan& span : cutter.spans(text, language))
    if (const auto found = wanted.find(span.form); found != wanted.end())
      matches.push_back({{span.begin, span.end}, found->second});
  if (matches.empty()) return {};
  std::stable_sort(matches.begin(), matches.end(),
                   [](const Match& a, const Match& b) { return a.range.begin < b.range.begin; });
  return {merged(matches), best_of(sentences_of(text), matches)};
}

void highlight(std::span<const QueryPart> query, std::span<ScoredChunk> results) {
  if (results.empty()) return;
  WordCutter cutter;
  for (ScoredChunk& result : results) {
    Highlights found = find_highlights(cutter, query, result.chunk.text);
    result.highlights = std::move(found.words);
    result.best_sentence = found.best_sentence;
  }
}

}  // namespace rappel
