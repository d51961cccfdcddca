#include "store/conformance/test_store.h"

#include <algorithm>
#include <map>
#include <set>
#include <tuple>

#include "base/utf8.h"
#include "index/postings/query_weights.h"
#include "store/checks.h"
#include "store/document_bounds.h"
#include "text/words/bm25.h"
#include "text/words/word_guesses.h"
#include "text/words/words.h"

namespace rappel {
namespace {

DocumentSummary summary_of(const NewDocument& document) {
  return {document.id, static_cast<std::int64_t>(document.chunks.size()), document.metadata,
          sample_text_of(document.chunks[0].text)};
}

Chunk chunk_of(const NewDocument& document, std::size_t i) {
  const NewChunk& source = document.chunks[i];
  return {.id = chunk_id(document.id, i),
          .document_id = document.id,
          .text = source.text,
          .index = static_cast<std::uint32_t>(i),
          .begin = source.begin,
          .end = source.end,
          .place = source.place,
          .metadata = std::make_shared<const Metadata>(document.metadata)};
}

// Into memory, where this store keeps everything.
Status take_waiting(NewDocument& document) {
  std::vector<NewChunk> all;
  RAPPEL_TRY(visit_chunks(document, [&](std::size_t, const NewChunk& chunk) {
    all.push_back(chunk);
    return Status();
  }));
  document.chunks = std::move(all);
  document.waiting = nullptr;
  return {};
}

WordLanguage language_of(const NewChunk& chunk) {
  return chunk.language ? *chunk.language : detect_language(chunk.text);
}

std::uint64_t chunks_with(const std::vector<std::map<std::uint64_t, std::uint8_t>>& chunks,
                          std::uint64_t word) {
  return static_cast<std::uint64_t>(std::count_if(
      chunks.begin(), chunks.end(), [&](const auto& of_chunk) { return of_chunk.contains(word); }));
}

// By the whole table (optimal string alignment).
int edit_distance(const std::string& first, const std::string& second) {
  const auto characters = [](const std::string& text) {
    std::u32string out;
    for (std::size_t at = 0, length; at < text.size(); at += length) out += utf8_decode(text, at, length);
    return out;
  };
  const std::u32string a = characters(first), b = characters(second);
  std::vector<std::vector<int>> table(a.size() + 1, std::vector<int>(b.size() + 1));
  for (std::size_t i = 0; i <= a.size(); ++i)
    for (std::size_t j = 0; j <= b.size(); ++j) {
      table[i][j] = static_cast<int>(std::max(i, j));
      if (i == 0 || j == 0) continue;
      table[i][j] = std::min(
          {table[i - 1][j] + 1, table[i][j - 1] + 1, table[i - 1][j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1)});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
        table[i][j] = std::min(table[i][j], table[i - 2][j - 2] + 1);
    }
  return table[a.size()][b.size()];
}

bool has_phrase(const std::vector<std::uint64_t>& text, const std::vector<std::uint64_t>& phrase) {
  return phrase.empty() || std::search(text.begin(), text.end(), phrase.begin(), phrase.end()) != text.end();
}

bool fulfils(const TextConditions& conditions, const NewChunk& chunk,
             const std::set<WordLanguage>& store_languages) {
  WordCutter cutter;
  const std::vector<std::uint64_t> text = cutter.written(chunk.text);
  const auto has = [&](const std::string& phrase) { return has_phrase(text, cutter.written(phrase)); };
  const auto has_word = [&](const std::string& word) {
    const std::vector<WordLanguage> languages(store_languages.begin(), store_languages.end());
    const std::vector<PhraseWord> parts = cutter.phrase(word, languages);
    if (parts.size() != 1) return !parts.empty() && has(word);
    ChunkWords words;
    cutter.count(chunk.text, language_of(chunk), words);
    return std::any_of(words.words.begin(), words.words.end(), [&](const WordCount& one) {
      return std::count(parts[0].forms.begin(), parts[0].forms.end(), one.word) > 0;
    });
  };
  const auto& [phrases, without_phrases, without_words] = conditions;
  return std::all_of(phrases.begin(), phrases.end(), has) &&
         std::none_of(
             without_phrases.begin(), without_phrases.end(),
             [&](const std::string& phrase) { return !cutter.written(phrase).empty() && has(phrase); }) &&
         std::none_of(without_words.begin(), without_words.end(), has_word);
}

float cosine(std::span<const float> a, std::span<const float> b) {
  double dot = 0;
  for (std::size_t i = 0; i < a.size(); ++i) dot += double(a[i]) * b[i];
  return static_cast<float>(dot);
}

}  // namespace

StoreInfo TestStore::info() const {
  return {.kind = "test",
          .location = "memory",
          .dense = true,
          .sparse = true,
          .lexical = true,
          .guesses = true,
          .filters = true,
          .text_conditions = true,
          .neighbors = neighbors,
          .atomicity = Atomicity::kDocument,
          .durability = Durability::kMemory};
}

Status TestStore::upsert(std::vector<NewDocument> documents) {
  std::lock_guard lock(mutex_);
  ++upserts;
  if (!failure.ok()) return failure;
  for (NewDocument& document : documents) {
    RAPPEL_TRY(check_documents({&document, 1}, dimension_));
    RAPPEL_TRY(take_waiting(document));
    keep_origins(document);
    for (const NewChunk& chunk : document.chunks) languages_.insert(language_of(chunk));
    if (document.chunks.empty()) {
      rows.erase(document.id);
    } else {
      std::string id = document.id;
      rows.insert_or_assign(std::move(id), std::move(document));
    }
  }
  return {};
}

// Under the mutex, before the document takes the place of an earlier one.
void TestStore::keep_origins(const NewDocument& document) {
  auto& origins = origins_of_rows[document.id];
  if (!rows.contains(document.id) || !document.origin) origins.clear();
  std::erase_if(origins, [&](const auto& entry) {
    return entry.second.content != document.origin->content ||
           entry.second.settings != document.origin->settings;
  });
  if (document.origin) origins[document.origin->path] = *document.origin;
}

Result<std::size_t> TestStore::remove(std::span<const std::string> ids) {
  std::lock_guard lock(mutex_);
  std::size_t removed = 0;
  for (const std::string& id : ids) removed += rows.erase(id);
  return removed;
}

Result<std::size_t> TestStore::remove(const Filter& filter) {
  RAPPEL_TRY(check_filter(filter));
  std::lock_guard lock(mutex_);
  return std::erase_if(rows,
                       [&](const auto& row) { return matches(filter, row.first, row.second.metadata); });
}

Result<DocumentPage> TestStore::list(const Filter& filter, std::size_t offset, std::size_t limit,
                                     const PageMeter& meter) {
  RAPPEL_TRY(check_filter(filter));
  std::lock_guard lock(mutex_);
  DocumentPage page;
  for (const auto& [id, document] : rows) {
    if (!matches(filter, id, document.metadata)) continue;
    const auto place = static_cast<std::size_t>(page.total++);
    if (place < offset || page.documents.size() >= limit) continue;
    page.documents.push_back(summary_of(document));
    if (meter) RAPPEL_TRY(meter(summary_bytes(page.documents.back())));
  }
  return page;
}

Result<std::vector<DocumentSummary>> TestStore::get(std::span<const std::string> ids) {
  std::lock_guard lock(mutex_);
  std::vector<DocumentSummary> found;
  std::set<std::string> asked;
  for (const std::string& id : ids)
    if (const auto row = rows.find(id); row != rows.end() && asked.insert(id).second)
      found.push_back(summary_of(row->second));
  return found;
}

struct TestStore::Scored {
  const NewDocument* document = nullptr;
  std::size_t chunk = 0;
  float score = 0;
};

std::vector<TestStore::Scored> TestStore::score_by_vector(std::span<const float> vector,
                                                          const Filter& filter) const {
  std::vector<Scored> scored;
  for (const auto& [id, document] : rows)
    if (matches(filter, id, document.metadata))
      for (std::size_t i = 0; i < document.chunks.size(); ++i)
        scored.push_back({&document, i, cosine(vector, document.chunks[i].dense)});
  return scored;
}

std::vector<TestStore::Scored> TestStore::match(const Filter& filter) const {
  std::vector<Scored> matching;
  for (const auto& [id, document] : rows)
    if (matches(filter, id, document.metadata))
      for (std::size_t i = 0; i < document.chunks.size(); ++i) matching.push_back({&document, i, 1});
  return matching;
}

std::vector<TestStore::Scored> TestStore::score_by_weights(std::span<const TokenWeight> weights,
                                                           const Filter& filter) const {
  std::vector<Scored> scored;
  for (const auto& [id, document] : rows) {
    if (!matches(filter, id, document.metadata)) continue;
    for (std::size_t i = 0; i < document.chunks.size(); ++i) {
      double sum = 0;
      for (const TokenWeight& asked : weights)
        for (const TokenWeight& stored : document.chunks[i].sparse)
          if (asked.token == stored.token) sum += double(asked.weight) * stored.weight;
      if (sum > 0) scored.push_back({&document, i, static_cast<float>(sum)});
    }
  }
  return scored;
}

// Adds all chunks to `chunks`.
std::vector<TestStore::ChunkImpacts> TestStore::count_words(std::vector<Scored>& chunks) const {
  std::vector<ChunkImpacts> impacts;
  WordCutter cutter;
  for (const auto& [id, document] : rows) {
    for (std::size_t i = 0; i < document.chunks.size(); ++i) {
      ChunkWords words;
      cutter.count(document.chunks[i].text, language_of(document.chunks[i]), words);
      chunks.push_back({&document, i, 0});
      impacts.emplace_back();
      for (const WordCount& word : words.words)
        impacts.back()[word.word] = bm25_impact(word.count, words.length);
    }
  }
  return impacts;
}

// The ways in which all chunks write their words, each with all of its words.
std::map<std::string, std::set<std::uint64_t>> TestStore::spellings() const {
  std::map<std::string, std::set<std::uint64_t>> found;
  WordCutter cutter;
  ChunkWords words;
  for (const auto& [id, document] : rows)
    for (const NewChunk& chunk : document.chunks) {
      cutter.count(chunk.text, language_of(chunk), words);
      for (const WordSpelling& one : words.spellings)
        found[words.letters.substr(one.begin, one.length)].insert(one.word);
    }
  return found;
}

struct TestStore::Guessed {
  std::string word;
  int edits = 0;                                             // 0: completions
  std::vector<std::pair<std::uint64_t, std::string>> terms;  // with their first spelling
  std::uint64_t chunks = 0;                                  // that have them, in sum
};

// By comparing every spelling; text/words/word_guesses.h has the rules.
std::vector<TestStore::Guessed> TestStore::guessed(const LexicalSignal& signal,
                                                   const std::vector<ChunkImpacts>& impacts) const {
  std::vector<Guessed> all;
  if (!signal.typos && !signal.prefix) return all;
  const std::vector<WordLanguage> languages(languages_.begin(), languages_.end());
  const std::map<std::string, std::set<std::uint64_t>> names = spellings();
  for (const QueryWord& word : WordCutter().query_words(signal.text, languages)) {
    if (word.written.empty()) continue;
    bool known = false;
    std::set<std::uint64_t> own;
    for (const FormHashes& forms : word.forms) own.insert({forms.form, forms.unmarked});
    for (const std::uint64_t form : own) known = known || chunks_with(impacts, form) > 0;
    const bool completes = signal.prefix && word.unfinished && can_complete(word.written);
    const int most = signal.typos && !known ? most_edits(word.written) : 0;
    // By edits, most chunks, and hash; names ascend, so the first one stays.
    std::map<int, std::map<std::pair<std::int64_t, std::uint64_t>, std::string>> guesses;
    for (const auto& [name, terms] : names)
      for (const std::uint64_t term : terms) {
        const auto order = std::pair(-static_cast<std::int64_t>(chunks_with(impacts, term)), term);
        if (completes && name.starts_with(word.written) && !own.contains(term))
          guesses[0].try_emplace(order, name);
        if (most == 0) continue;
        if (const int edits = edit_distance(name, word.written); edits <= most)
          guesses[edits].try_emplace(order, name);
      }
    if (guesses.empty()) continue;
    const auto& [edits, best] = *guesses.begin();
    Guessed& one = all.emplace_back(Guessed{word.written, edits, {}});
    for (const auto& [order, name] : best) {
      if (one.terms.size() == kMostGuesses) break;
      one.terms.push_back({order.second, name});
      one.chunks += static_cast<std::uint64_t>(-order.first);
    }
  }
  return all;
}

Result<std::vector<WordGuess>> TestStore::guesses(const LexicalSignal& signal) {
  std::lock_guard lock(mutex_);
  std::vector<Scored> chunks;
  std::vector<WordGuess> words;
  for (const Guessed& one : guessed(signal, count_words(chunks))) {
    words.push_back({one.word, {}});
    for (const auto& [term, name] : one.terms) words.back().guesses.push_back(name);
  }
  return words;
}

// BM25 with the impacts of text/words/bm25.h; the weights of the query as index/postings/query_weights.h
// rounds them.
std::vector<TestStore::Scored> TestStore::score_by_words(const LexicalSignal& signal, const Filter& filter) {
  std::vector<Scored> chunks;
  const std::vector<ChunkImpacts> impacts = count_words(chunks);
  std::vector<WeightedTerm> query;
  for (const std::uint64_t word :
       WordCutter().query(signal.text, std::vector(languages_.begin(), languages_.end()))) {
    const std::uint64_t with = chunks_with(impacts, word);
    if (with > 0) query.push_back({word, bm25_idf(with, chunks.size()) * static_cast<float>(kBm25Unit)});
  }
  for (const Guessed& one : guessed(signal, impacts)) {
    const float weight = bm25_idf(one.chunks, impacts.size()) * static_cast<float>(kBm25Unit) *
                         (one.edits == 0 ? kCompletedFactor : edits_factor(one.edits));
    for (const auto& [term, name] : one.terms) query.push_back({term, weight});
  }
  const QueryWeights weights = integer_weights(query);
  for (std::size_t i = 0; i < chunks.size(); ++i) {
    std::uint32_t sum = 0;
    for (const IntegerWeight& word : weights.terms)
      if (const auto found = impacts[i].find(word.term); found != impacts[i].end())
        sum += word.weight * found->second;
    chunks[i].score = static_cast<float>(sum) * weights.unit;
  }
  std::erase_if(chunks, [&](const Scored& one) {
    return one.score == 0 || !matches(filter, one.document->id, one.document->metadata);
  });
  return chunks;
}

Result<std::optional<double>> TestStore::best_score(const SearchSignal& signal) {
  const auto* words = std::get_if<LexicalSignal>(&signal);
  if (words == nullptr) return std::optional<double>();
  std::lock_guard lock(mutex_);
  std::vector<Scored> chunks;
  const std::vector<ChunkImpacts> impacts = count_words(chunks);
  const std::vector<WordLanguage> languages(languages_.begin(), languages_.end());
  std::vector<std::map<std::uint64_t, std::uint64_t>> counted(languages.size() + 1);  // chunks with each form
  for (const QueryWord& word : WordCutter().query_words(words->text, languages)) {
    std::uint64_t most = 0;
    for (std::size_t i = 0; i < word.forms.size(); ++i) {
      for (const std::uint64_t form : {word.forms[i].form, word.forms[i].unmarked})
        if (const std::uint64_t with = chunks_with(impacts, form); with > 0) {
          counted[i][form] = with;
          most = std::max(most, with);
        }
    }
    for (std::size_t i = 0; most == 0 && i < word.forms.size(); ++i)
      if (word.forms[i].form != 0) counted[i][word.forms[i].form] = 0;
  }
  double best = 0;
  for (const auto& forms : counted) {
    double sum = 0;
    for (const auto& [form, with] : forms) sum += bm25_idf(with, chunks.size());
    best = std::max(best, sum * (kBm25K1 + 1));
  }
  return std::optional(best);
}

Result<std::vector<FoundChunk>> TestStore::search(const SearchRequest& request) {
  const auto* dense = std::get_if<DenseSignal>(&request.signal);
  const auto* words = std::get_if<LexicalSignal>(&request.signal);
  const auto* sparse = std::get_if<SparseSignal>(&request.signal);
  if (dense != nullptr) RAPPEL_TRY(check_query_vector(dense->vector, dimension_));
  if (sparse != nullptr) RAPPEL_TRY(check_query_weights(sparse->weights));
  RAPPEL_TRY(check_filter(request.filter));
  RAPPEL_TRY(check_conditions(request.text));
  std::lock_guard lock(mutex_);
  depths.push_back(request.k);
  std::vector<Scored> scored = dense != nullptr    ? score_by_vector(dense->vector, request.filter)
                               : sparse != nullptr ? score_by_weights(sparse->weights, request.filter)
                               : words != nullptr  ? score_by_words(*words, request.filter)
                                                   : match(request.filter);
  std::erase_if(scored, [&](const Scored& one) {
    return !fulfils(request.text, one.document->chunks[one.chunk], languages_);
  });
  std::stable_sort(scored.begin(), scored.end(),
                   [](const Scored& a, const Scored& b) { return a.score > b.score; });
  if (scored.size() > request.k) scored.resize(request.k);
  std::vector<FoundChunk> found;
  for (const Scored& one : scored) found.push_back({chunk_of(*one.document, one.chunk), one.score});
  return found;
}

template <class Condition>
std::vector<KnownFile> TestStore::files_that(Condition condition) {
  std::lock_guard lock(mutex_);
  std::vector<KnownFile> files;
  for (const auto& [id, origins] : origins_of_rows) {
    if (!rows.contains(id)) continue;
    for (const auto& [path, origin] : origins)
      if (condition(id, origin)) files.push_back({id, origin});
  }
  std::stable_sort(files.begin(), files.end(),
                   [](const auto& a, const auto& b) { return a.origin.path < b.origin.path; });
  return files;
}

Result<std::vector<KnownFile>> TestStore::files_at(const std::string& path) {
  return files_that([&](const std::string&, const FileOrigin& origin) { return origin.path == path; });
}

Result<std::vector<FileOrigin>> TestStore::origins_of(const std::string& id) {
  std::vector<FileOrigin> origins;
  for (KnownFile& file : files_that([&](const std::string&other, const FileOrigin&) { return other == id; }))
    origins.push_back(std::move(file.origin));
  return origins;
}

Result<std::vector<KnownFile>> TestStore::files_with(const std::string& content) {
  auto files =
      files_that([&](const std::string&, const FileOrigin& origin) { return origin.content == content; });
  if (files.size() > 100) files.resize(100);
  return files;
}

Result<std::vector<KnownFile>> TestStore::files_below(const std::string& folder, const KnownFile* after,
                                                      std::size_t limit) {
  auto files = files_that([&](const std::string& id, const FileOrigin& origin) {
    return origin.path.starts_with(folder + "/") &&
           (after == nullptr || std::tie(origin.path, id) > std::tie(after->origin.path, after->id));
  });
  if (files.size() > limit) files.resize(limit);
  return files;
}

Status TestStore::visit_fingerprints(const std::function<void(std::uint64_t, std::string_view)>& visit) {
  ++fingerprint_visits;
  for (const KnownFile& file : files_that([](const auto&, const auto& origin) { return origin.fingerprint; }))
    visit(*file.origin.fingerprint, file.id);
  return {};
}

Status TestStore::change_origins(std::span<const OriginChange> changes) {
  std::lock_guard lock(mutex_);
  ++origin_changes;
  for (const OriginChange& change : changes)
    if (!rows.contains(change.id)) return Status(Code::kNotFound, "there is no document " + change.id);
  for (const OriginChange& change : changes) {
    if (change.metadata) rows[change.id].metadata = *change.metadata;
    auto& origins = origins_of_rows[change.id];
    for (const std::string& path : change.removed) origins.erase(path);
    for (const FileOrigin& origin : change.added) origins[origin.path] = origin;
  }
  return {};
}

Result<std::optional<Chunk>> TestStore::chunk_at(std::string_view document_id, std::uint32_t index) {
  if (!neighbors) return DocumentStore::chunk_at(document_id, index);
  std::lock_guard lock(mutex_);
  const auto row = rows.find(std::string(document_id));
  if (row == rows.end() || index >= row->second.chunks.size()) return std::optional<Chunk>();
  return std::optional(chunk_of(row->second, index));
}

Result<StoreStats> TestStore::stats() {
  std::lock_guard lock(mutex_);
  StoreStats stats;
  for (const auto& [id, document] : rows) {
    ++stats.documents;
    stats.chunks += static_cast<std::int64_t>(document.chunks.size());
  }
  return stats;
}

}  // namespace rappel
