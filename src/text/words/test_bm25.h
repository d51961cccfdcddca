// BM25 (bm25.h) as it is written in books, over the words of words.h, and the quality of the words on a data
// set in BEIR's layout. For tests and measuring programs.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <unordered_map>
#include <vector>

#include "codec/json.h"
#include "testing/json_lines.h"
#include "text/words/bm25.h"
#include "text/words/words.h"

namespace rappel {

class Bm25Twin {
 public:
  void add(const std::string& text) {
    const WordLanguage language = detect_language(text);
    if (std::find(languages_.begin(), languages_.end(), language) == languages_.end())
      languages_.push_back(language);
    ChunkWords words;
    cutter_.count(text, language, words);
    for (const auto& [word, count] : words.words)
      postings_[word].push_back({documents_, bm25_impact(count, words.length)});
    ++documents_;
  }

  // The best documents, by score and then by number.
  std::vector<std::size_t> search(const std::string& query, std::size_t wanted) {
    std::vector<double> scores(documents_);
    for (const std::uint64_t word : cutter_.query(query, languages_)) {
      const auto found = postings_.find(word);
      if (found == postings_.end()) continue;
      const double weight = bm25_idf(found->second.size(), documents_) * kBm25Unit;
      for (const auto& [document, impact] : found->second) scores[document] += weight * impact;
    }
    std::vector<std::size_t> order;
    for (std::size_t i = 0; i < scores.size(); ++i)
      if (scores[i] > 0) order.push_back(i);
    const auto better = [&](std::size_t a, std::size_t b) {
      return scores[a] != scores[b] ? scores[a] > scores[b] : a < b;
    };
    std::sort(order.begin(), order.end(), better);
    order.resize(std::min(order.size(), wanted));
    return order;
  }

  const std::vector<WordLanguage>& languages() const { return languages_; }

 private:
  struct Posting {
    std::size_t document;
    std::uint8_t impact;
  };
  WordCutter cutter_;
  std::unordered_map<std::uint64_t, std::vector<Posting>> postings_;
  std::size_t documents_ = 0;
  std::vector<WordLanguage> languages_;
};

struct Bm25Quality {
  std::size_t documents = 0, queries = 0;
  double ndcg10 = 0, recall100 = 0;  // means over the queries that have a judgement
};

using Judgements = std::map<std::string, std::map<std::string, double>>;

inline Judgements read_judgements(const std::filesystem::path& path) {
  Judgements judgements;
  std::ifstream in(path);
  std::string line;
  std::getline(in, line);  // the header
  while (std::getline(in, line)) {
    std::istringstream fields(line);
    std::string query, document;
    double relevance;
    if (fields >> query >> document >> relevance) judgements[query][document] = relevance;
  }
  return judgements;
}

inline double ndcg10(const std::vector<double>& gains, const std::map<std::string, double>& judged) {
  std::vector<double> ideal;
  for (const auto& [document, relevance] : judged) ideal.push_back(relevance);
  std::sort(ideal.rbegin(), ideal.rend());
  const auto sum = [](const std::vector<double>& values) {
    double total = 0;
    for (std::size_t i = 0; i < std::min<std::size_t>(values.size(), 10); ++i)
      total += values[i] / std::log2(static_cast<double>(i) + 2);
    return total;
  };
  return sum(gains) / sum(ideal);
}

// `folder`: corpus.jsonl, queries.jsonl, qrels/test.tsv.
inline Bm25Quality bm25_quality(const std::filesystem::path& folder) {
  Bm25Quality result;
  Bm25Twin twin;
  std::vector<std::string> ids;
  for (const Json& row : read_json_lines(folder / "corpus.jsonl")) {
    ids.push_back(row["_id"].get<std::string>());
    twin.add(row.value("title", "") + " " + row["text"].get<std::string>());
  }
  Judgements judgements = read_judgements(folder / "qrels/test.tsv");
  for (const Json& row : read_json_lines(folder / "queries.jsonl")) {
    const auto judged = judgements.find(row["_id"].get<std::string>());
    if (judged == judgements.end()) continue;
    std::vector<double> gains;
    double found = 0, relevant = 0;
    for (const std::size_t document : twin.search(row["text"].get<std::string>(), 100)) {
      const auto hit = judged->second.find(ids[document]);
      gains.push_back(hit == judged->second.end() ? 0 : hit->second);
      found += gains.back() > 0 ? 1 : 0;
    }
    for (const auto& [document, relevance] : judged->second) relevant += relevance > 0 ? 1 : 0;
    result.ndcg10 += ndcg10(gains, judged->second);
    result.recall100 += found / relevant;
    ++result.queries;
  }
  result.documents = ids.size();
  result.ndcg10 /= static_cast<double>(result.queries);
  result.recall100 /= static_cast<double>(result.queries);
  return result;
}

}  // namespace rappel
