// rappel_bench_postings: latency, memory and building time of the postings index on generated chunks.
//
//   rappel_bench_postings [--set sparse|words] [--rows 1000000] [--queries 200] [--k 100] [--threads 1]
//   [--seed 5]
//                         [--batch 4096]
//
// sparse: about 69 weights a chunk, rarer terms weigh more, as lexical weights of BGE-M3 do. words: about 121
// different words a chunk with the impacts of BM25. Terms follow Zipf's law; the eight chunks of a document
// share words. A query has terms of a chunk and three of the most frequent terms (stop words). Filters are
// drawn by document. One JSON object a line, times in ms. The CPU time is that of all threads.
#include <time.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "base/thread_pool.h"
#include "index/postings/postings_index.h"
#include "text/words/bm25.h"

namespace rappel::bench {
namespace {

struct Settings {
  bool words = false;
  std::size_t rows = 1'000'000, queries = 200, k = 100, batch = 4096;
  int threads = 1;
  std::uint64_t seed = 5;
};

constexpr std::size_t kDocumentChunks = 8;

double now(clockid_t clock) {
  timespec time{};
  ::clock_gettime(clock, &time);
  return static_cast<double>(time.tv_sec) * 1e3 + static_cast<double>(time.tv_nsec) * 1e-6;
}

// Rank r comes with a probability proportional to 1 / (r + q)^s: inversion of the continuous law.
class Zipf {
 public:
  Zipf(double n, double s, double q)
      : s_(s), q_(q), low_(std::pow(1 + q, 1 - s)), high_(std::pow(n + q, 1 - s)) {}
  std::uint32_t operator()(std::mt19937_64& random) const {
    const double u = static_cast<double>(random() >> 11) * 0x1p-53;
    return static_cast<std::uint32_t>(std::max(1.0, std::pow(low_ + u * (high_ - low_), 1 / (1 - s_)) - q_));
  }

 private:
  double s_, q_, low_, high_;
};

struct RankedImpact {
  std::uint32_t rank = 0;
  std::uint8_t impact = 0;
};

class Chunks {
 public:
  explicit Chunks(const Settings& settings)
      : words_(settings.words),
        random_(settings.seed),
        zipf_(words_ ? 600'000 : 250'000, words_ ? 1.05 : 1.02, words_ ? 2.7 : 6) {}

  std::vector<RankedImpact> next() {
    if (made_++ % kDocumentChunks == 0)
      for (std::uint32_t& rank : document_) rank = zipf_(random_);
    const double length = std::exp(std::log(words_ ? 150 : 85) + 0.35 * normal_(random_));
    std::vector<std::uint32_t> ranks(static_cast<std::size_t>(std::clamp(length, 10.0, 400.0)));
    for (std::uint32_t& rank : ranks) rank = random_() % 4 == 0 ? document_[random_() % 25] : zipf_(random_);
    std::sort(ranks.begin(), ranks.end());
    std::vector<RankedImpact> entries;
    for (std::size_t i = 0, end; i < ranks.size(); i = end) {
      for (end = i; end < ranks.size() && ranks[end] == ranks[i]; ++end) continue;
      if (words_) {
        entries.push_back({ranks[i], bm25_impact(double(end - i), double(ranks.size()))});
      } else if (ranks[i] >= 40 || random_() % 3 == 0) {  // models leave out many function words
        const double impact = weight(ranks[i]) * std::exp(0.45 * normal_(random_)) / 0.6 * 255;
        entries.push_back({ranks[i], static_cast<std::uint8_t>(std::clamp(impact, 1.0, 255.0))});
      }
    }
    return entries;
  }

  // Terms of the chunk and stop words.
  std::vector<WeightedTerm> query(const std::vector<RankedImpact>& chunk) {
    std::vector<std::uint32_t> ranks;
    for (std::uint64_t i = words_ ? 3 + random_() % 5 : 6 + random_() % 8; i > 0; --i)
      ranks.push_back(chunk[random_() % chunk.size()].rank);
    for (int i = 0; i < 3; ++i) ranks.push_back(static_cast<std::uint32_t>(1 + random_() % 12));
    std::sort(ranks.begin(), ranks.end());
    ranks.erase(std::unique(ranks.begin(), ranks.end()), ranks.end());
    std::vector<WeightedTerm> query;
    for (const std::uint32_t rank : ranks)
      query.push_back({rank, static_cast<float>(weight(rank) * std::exp(0.3 * normal_(random_)))});
    return query;
  }

 private:
  static double weight(std::uint32_t rank) {
    return 0.03 + 0.2 * std::min(1.0, std::log(1.0 + rank) / std::log(8000.0));
  }
  bool words_;
  std::mt19937_64 random_;
  std::normal_distribution<double> normal_;
  Zipf zipf_;
  std::uint32_t document_[25] = {};
  std::size_t made_ = 0;
};

// Words are hashed, token ids are not.
std::uint64_t term_of(const Settings& settings, std::uint64_t rank) {
  return settings.words ? rank * 0x9e37'79b9'7f4a'7c15u : rank;
}

struct Set {
  PostingsIndex index;
  std::vector<std::vector<WeightedTerm>> queries;
};

// Rows are appended in batches, each of which is a version, as commits are.
Set build(const Settings& settings) {
  Chunks chunks(settings);
  Set set;
  double building = 0, longest = 0;
  std::size_t postings = 0;
  for (std::size_t first = 0; first < settings.rows;) {
    std::vector<std::vector<TermImpact>> batch;
    for (std::size_t row = first; row < std::min(first + settings.batch, settings.rows); ++row) {
      const auto chunk = chunks.next();
      postings += chunk.size();
      batch.emplace_back();
      for (const RankedImpact& entry : chunk)
        batch.back().push_back({term_of(settings, entry.rank), entry.impact});
      if (row % std::max<std::size_t>(1, settings.rows / settings.queries) == 0)
        set.queries.push_back(chunks.query(chunk));
    }
    const double start = now(CLOCK_THREAD_CPUTIME_ID);
    PostingsIndexBuilder builder(set.index);
    for (const auto& entries : batch) builder.append(static_cast<std::int64_t>(first++), entries);
    set.index = std::move(builder).finish();
    const double used = now(CLOCK_THREAD_CPUTIME_ID) - start;
    building += used;
    longest = std::max(longest, used);
  }
  double touched = 0;
  for (auto& query : set.queries)
    for (WeightedTerm& term : query) {
      term.term = term_of(settings, term.term);
      const std::uint64_t rows = set.index.rows_with(term.term);
      touched += static_cast<double>(rows);
      if (settings.words) term.weight = bm25_idf(rows, set.index.size());
    }
  const auto rows = static_cast<double>(settings.rows);
  std::printf(
      "{\"step\":\"build\",\"set\":\"%s\",\"rows\":%zu,\"terms_a_row\":%.1f,\"blocks\":%zu,\"us_a_row\":%.2f,"
      "\"longest_batch_ms\":%.1f,\"megabytes\":%.1f,\"bytes_a_posting\":%.2f,\"postings_a_query\":%.0f}\n",
      settings.words ? "words" : "sparse", settings.rows, static_cast<double>(postings) / rows,
      set.index.blocks().size(), building * 1e3 / rows, longest, static_cast<double>(set.index.bytes()) / 1e6,
      static_cast<double>(set.index.bytes()) / static_cast<double>(postings),
      touched / static_cast<double>(set.queries.size()));
  std::fflush(stdout);
  return set;
}

std::vector<RowRange> filter(const Settings& settings, double share) {
  std::mt19937_64 random(settings.seed + 1);
  std::vector<RowRange> ranges;
  for (std::size_t row = 0; row < settings.rows; row += kDocumentChunks) {
    if (static_cast<double>(random() >> 11) * 0x1p-53 >= share) continue;
    const auto first = static_cast<std::int64_t>(row);
    if (!ranges.empty() && ranges.back().first + ranges.back().count == first) {
      ranges.back().count += kDocumentChunks;
    } else {
      ranges.push_back({first, kDocumentChunks});
    }
  }
  return ranges;
}

double percentile(std::vector<double> values, double share) {
  std::sort(values.begin(), values.end());
  return values[std::min(values.size() - 1,
                         static_cast<std::size_t>(share * static_cast<double>(values.size())))];
}

void measure(const Set& set, const Settings& settings, double share, ThreadPool& pool) {
  const std::vector<RowRange> rows = filter(settings, share);
  const std::span<const RowRange> ranges = rows;
  std::vector<double> wall, cpu;
  std::size_t found = 0;
  for (int round = 0; round < 3; ++round)  // the first one warms
    for (const auto& query : set.queries) {
      const double start = now(CLOCK_MONOTONIC), used = now(CLOCK_PROCESS_CPUTIME_ID);
      const std::size_t count = set.index
                                    .search({.query = query,
                                             .k = settings.k,
                                             .ranges = share < 1 ? &ranges : nullptr,
                                             .pool = settings.threads > 1 ? &pool : nullptr})
                                    .size();
      if (round == 0) continue;
      cpu.push_back(now(CLOCK_PROCESS_CPUTIME_ID) - used);
      wall.push_back(now(CLOCK_MONOTONIC) - start);
      found += count;
    }
  std::printf(
      "{\"filter\":\"%g%%\",\"threads\":%d,\"cpu_p50\":%.3f,\"cpu_p90\":%.3f,\"cpu_p99\":%."
      "3f,"
      "\"wall_p50\":%.3f,\"wall_p90\":%.3f,\"wall_p99\":%.3f,\"found\":%.1f}\n",
      share * 100, settings.threads, percentile(cpu, 0.5), percentile(cpu, 0.9), percentile(cpu, 0.99),
      percentile(wall, 0.5), percentile(wall, 0.9), percentile(wall, 0.99),
      static_cast<double>(found) / static_cast<double>(cpu.size()));
  std::fflush(stdout);
}

bool parse(int count, char** arguments, Settings& settings) {
  for (int i = 1; i + 1 < count; i += 2) {
    const std::string_view name = arguments[i];
    const char* const value = arguments[i + 1];
    const std::size_t number = std::strtoull(value, nullptr, 10);
    if (name == "--set" && (std::string_view(value) == "words" || std::string_view(value) == "sparse"))
      settings.words = std::string_view(value) == "words";
    else if (name == "--rows")
      settings.rows = number;
    else if (name == "--queries")
      settings.queries = number;
    else if (name == "--k")
      settings.k = number;
    else if (name == "--batch")
      settings.batch = number;
    else if (name == "--threads")
      settings.threads = static_cast<int>(number);
    else if (name == "--seed")
      settings.seed = number;
    else
      return false;
  }
  return count % 2 == 1 && settings.rows > 0 && settings.queries > 0 && settings.batch > 0 &&
         settings.threads > 0;
}

int run(int count, char** arguments) {
  Settings settings;
  if (!parse(count, arguments, settings))
    return std::fputs("usage: see the head of bench/postings_bench.cc\n", stderr), 2;
  const Set set = build(settings);
  ThreadPool pool(settings.threads);
  for (const double share : {1.0, 0.5, 0.1, 0.01, 0.001}) measure(set, settings, share, pool);
  return 0;
}

}  // namespace
}  // namespace rappel::bench

int main(int count, char** arguments) { return rappel::bench::run(count, arguments); }
