// The words of texts (src/text/words), measured on one thread:
//
//   rappel_bench_words speed TEXTS        texts of a file, separated by zero bytes: MB and texts per second
//   rappel_bench_words quality FOLDER     nDCG@10 of BM25 over a data set in BEIR's layout
//   rappel_bench_words search FOLDER      the index of words over FOLDER/texts.json, asked
//   FOLDER/queries.json
//                                         (words_compare.py)
//
// Prints one JSON object.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <set>
#include <span>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "base/os/file.h"
#include "base/statistics.h"
#include "codec/json.h"
#include "store/sqlite/word_terms.h"
#include "text/words/test_bm25.h"
#include "text/words/words.h"

namespace {

using namespace rappel;

constexpr std::size_t kResults = 100, kBatch = 2048;

double seconds() { return static_cast<double>(std::clock()) / CLOCKS_PER_SEC; }

std::string speed(const std::string& path) {
  const auto bytes = read_file(path);
  if (!bytes) return bytes.status().message();
  std::vector<std::string_view> texts;
  for (std::string_view rest = *bytes; !rest.empty();) {
    const std::size_t end = std::min(rest.find('\0'), rest.size());
    texts.push_back(rest.substr(0, end));
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  WordCutter cutter;
  ChunkWords words;
  std::size_t length = 0, distinct = 0;
  double detecting = 1e9, counting = 1e9;
  std::vector<WordLanguage> languages(texts.size());
  for (int round = 0; round < 5; ++round) {
    length = distinct = 0;
    const double start = seconds();
    for (std::size_t i = 0; i < texts.size(); ++i) languages[i] = detect_language(texts[i]);
    const double between = seconds();
    for (std::size_t i = 0; i < texts.size(); ++i) {
      cutter.count(texts[i], languages[i], words);
      length += words.length;
      distinct += words.words.size();
    }
    detecting = std::min(detecting, between - start);
    counting = std::min(counting, seconds() - between);
  }
  const auto n = static_cast<double>(texts.size());
  return fmt::format(
      R"({{"texts": {}, "bytes": {}, "words": {}, "distinct": {}, "count_mb_s": {:.1f}, "count_texts_s": {:.0f}, "detect_texts_s": {:.0f}, "both_texts_s": {:.0f}}})",
      texts.size(), bytes->size(), length, distinct, static_cast<double>(bytes->size()) / counting / 1e6,
      n / counting, n / detecting, n / (counting + detecting));
}

std::string quality(const std::string& folder) {
  const double start = seconds();
  const Bm25Quality result = bm25_quality(folder);
  return fmt::format(
      R"({{"documents": {}, "queries": {}, "ndcg@10": {:.4f}, "recall@100": {:.4f}, "seconds": {:.1f}}})",
      result.documents, result.queries, result.ndcg10, result.recall100, seconds() - start);
}

double wall_ms() {
  timespec time{};
  ::clock_gettime(CLOCK_MONOTONIC, &time);
  return static_cast<double>(time.tv_sec) * 1e3 + static_cast<double>(time.tv_nsec) * 1e-6;
}

std::vector<std::string> read_texts(const std::string& path) {
  const auto bytes = read_file(path);
  return bytes ? Json::parse(*bytes).get<std::vector<std::string>>() : std::vector<std::string>();
}

// Texts come in upserts, as in a store.
PostingsIndex build(std::span<const std::string> texts, WordCutter& cutter,
                    std::set<WordLanguage>& languages) {
  PostingsIndex index;
  for (std::size_t first = 0; first < texts.size(); first += kBatch) {
    PostingsIndexBuilder builder(index);
    for (std::size_t i = first; i < std::min(texts.size(), first + kBatch); ++i) {
      const WordLanguage language = detect_language(texts[i]);
      languages.insert(language);
      sqlite::append_chunk(static_cast<std::int64_t>(i), sqlite::chunk_terms(cutter, texts[i], language),
                           builder);
    }
    index = std::move(builder).finish();
  }
  return index;
}

// The longest word without its fifth letter, and with an x at its end.
std::string misspell(std::string query) {
  std::size_t longest = 0, length = 0;
  for (std::size_t at = 0, end; at < query.size(); at = end + 1) {
    end = std::min(query.find(' ', at), query.size());
    if (end - at > length) {
      longest = at;
      length = end - at;
    }
  }
  if (length > 5) query.erase(longest + 4, 1).insert(longest + length - 1, "x");
  return query;
}

std::string search(const std::string& folder) {
  const std::vector<std::string> texts = read_texts(folder + "/texts.json"),
                                 queries = read_texts(folder + "/queries.json");
  if (texts.empty() || queries.empty()) return "there are no texts or no queries";
  WordCutter cutter;
  std::set<WordLanguage> known;
  const double start = seconds();
  const PostingsIndex index = build(texts, cutter, known);
  const double built = seconds() - start;
  const std::vector<WordLanguage> languages(known.begin(), known.end());
  const auto ask = [&](const LexicalSignal& signal) {
    const auto terms = sqlite::query_terms(cutter, signal, languages, index);
    return index.search({.query = terms, .k = kResults});
  };
  Json found = Json::array();
  for (const std::string& query : queries) {  // also warms
    Json& rows = found.emplace_back(Json::array());
    for (const RowScore& row : ask({query})) rows.push_back(row.row);
  }
  const auto times_of = [&](const std::vector<std::string>& asked, bool typos, bool prefix) {
    std::vector<double> times;
    for (const std::string& query : asked) {
      const double before = wall_ms();
      (void)ask({query, typos, prefix});
      times.push_back(wall_ms() - before);
    }
    std::sort(times.begin(), times.end());
    return Json{{"p50", percentile(times, 0.5)}, {"p99", percentile(times, 0.99)}};
  };
  std::vector<std::string> misspelt, unfinished;
  for (const std::string& query : queries) {
    misspelt.push_back(misspell(query));
    unfinished.push_back(query.substr(0, query.find_last_of(' ') + 3));
  }
  const auto n = static_cast<double>(texts.size());
  return Json{{"build_us_a_text", built * 1e6 / n},
              {"bytes_a_text", static_cast<double>(index.bytes()) / n},
              {"plain", times_of(queries, false, false)},
              {"typo", times_of(misspelt, true, false)},
              {"prefix of two letters", times_of(unfinished, false, true)},
              {"found", found}}
      .dump();
}

}  // namespace

int main(int argc, char** argv) {
  const std::string what = argc == 3 ? argv[1] : "";
  std::string (*const run)(const std::string&) = what == "speed"     ? speed
                                                 : what == "quality" ? quality
                                                 : what == "search"  ? search
                                                                     : nullptr;
  if (run == nullptr) {
    std::fprintf(stderr, "usage: rappel_bench_words speed TEXTS | quality FOLDER | search FOLDER\n");
    return 2;
  }
  std::printf("%s\n", run(argv[2]).c_str());
}
