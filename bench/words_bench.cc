// The words of texts (src/text/words), measured on one thread:
//
//   rappel_bench_words speed TEXTS        texts of a file, separated by zero bytes: MB and texts per second
//   rappel_bench_words quality FOLDER     nDCG@10 of BM25 over a data set in BEIR's layout
//
// Prints one JSON object.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "base/os/file.h"
#include "text/words/test_bm25.h"
#include "text/words/words.h"

namespace {

using namespace rappel;

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

}  // namespace

int main(int argc, char** argv) {
  const std::string what = argc == 3 ? argv[1] : "";
  if (what != "speed" && what != "quality") {
    std::fprintf(stderr, "usage: rappel_bench_words speed TEXTS | quality FOLDER\n");
    return 2;
  }
  std::printf("%s\n", (what == "speed" ? speed(argv[2]) : quality(argv[2])).c_str());
}
