// rappel_bench_index: recall, latency, memory and building time of the dense index on generated vectors.
//
//   rappel_bench_index [--rows 100000] [--dimension 1024] [--distribution
//   clustered|uniform|duplicates|dominated]
//                      [--queries 200] [--k 10] [--threads 2] [--seed 7] [--write FOLDER]
//
// Filters are drawn by document: independent of the query, correlated (documents that lie in a direction of
// the query) and anticorrelated (documents that lie away from it). One JSON object a line.
// --write gives other programs the same vectors, filters and true answers (index_compare.py).
#include <time.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include "base/thread_pool.h"
#include "index/dense/dense_index.h"
#include "index_vectors.h"

namespace rappel::bench {
namespace {

constexpr std::size_t kTrainingRows = 20'000, kBatchRows = 4096;

struct Settings {
  std::size_t rows = 100'000, queries = 200, k = 10;
  int dimension = 1024, threads = 2;
  std::uint64_t seed = 7;
  Distribution distribution = Distribution::kClustered;
  std::string name = "clustered", folder;
};

double now(clockid_t clock) {
  timespec time{};
  ::clock_gettime(clock, &time);
  return static_cast<double>(time.tv_sec) * 1e3 + static_cast<double>(time.tv_nsec) * 1e-6;
}

// Calls run(thread) on each of `threads` threads.
template <class Run>
void on_threads(int threads, const Run& run) {
  std::vector<std::thread> workers;
  for (int t = 0; t < threads; ++t) workers.emplace_back(run, static_cast<std::size_t>(t));
  for (std::thread& worker : workers) worker.join();
}

std::vector<float> read_rows(const VectorSet& set, std::size_t first, std::size_t count) {
  const auto d = static_cast<std::size_t>(set.dimension);
  std::vector<float> vectors(count * d);
  for (std::size_t r = 0; r < count; ++r) set.read(first + r, vectors.data() + r * d);
  return vectors;
}

std::vector<float> sample(const VectorSet& set) {
  const auto d = static_cast<std::size_t>(set.dimension);
  const std::size_t count = std::min(kTrainingRows, set.count());
  std::vector<float> vectors(count * d);
  for (std::size_t r = 0; r < count; ++r) set.read(r * (set.count() / count), vectors.data() + r * d);
  return vectors;
}

DenseIndex build(const VectorSet& set) {
  double start = now(CLOCK_THREAD_CPUTIME_ID);
  DenseIndexBuilder builder{DenseIndex(set.dimension)};
  const auto codec =
      std::make_shared<const DenseCodec>(DenseCodec::trained(set.dimension, sample(set), set.count()));
  builder.set_codec(codec);
  const double trained = now(CLOCK_THREAD_CPUTIME_ID);
  double encoding = 0;
  for (std::size_t first = 0; first < set.count(); first += kBatchRows) {
    const std::size_t count = std::min(kBatchRows, set.count() - first);
    const std::vector<float> vectors = read_rows(set, first, count);
    std::vector<std::int64_t> rows(count);
    for (std::size_t i = 0; i < count; ++i) rows[i] = static_cast<std::int64_t>(first + i);
    const double before = now(CLOCK_THREAD_CPUTIME_ID);
    builder.append(rows, vectors);
    encoding += now(CLOCK_THREAD_CPUTIME_ID) - before;
  }
  const double before = now(CLOCK_THREAD_CPUTIME_ID);
  DenseIndex index = std::move(builder).finish();
  std::printf(
      "{\"step\":\"build\",\"bits\":%zu,\"training_ms\":%.0f,\"us_a_row\":%.2f,\"finish_ms\":%.0f,\"bytes_a_"
      "row\":%.1f}\n",
      codec->bits(), trained - start, encoding * 1e3 / static_cast<double>(set.count()),
      now(CLOCK_THREAD_CPUTIME_ID) - before,
      static_cast<double>(index.bytes()) / static_cast<double>(set.count()));
  std::fflush(stdout);
  return index;
}

struct FilterCase {
  std::string name;
  std::vector<bool> allowed;         // by row; empty: all
  std::vector<RowRange> ranges;      // the same
  std::vector<std::size_t> queries;  // that are asked with it
};

// A filter by document: those with the highest `value`.
FilterCase highest(const std::string& name, const VectorSet& set, const std::vector<float>& value,
                   double share, std::vector<std::size_t> queries) {
  std::vector<float> sorted = value;
  const auto at = static_cast<std::ptrdiff_t>(static_cast<double>(sorted.size()) * share);
  std::nth_element(sorted.begin(), sorted.begin() + at, sorted.end(), std::greater<>());
  FilterCase filter{name, std::vector<bool>(set.count()), {}, std::move(queries)};
  for (std::size_t row = 0; row < set.count(); ++row) {
    if (value[set.document[row]] <= sorted[static_cast<std::size_t>(at)]) continue;
    filter.allowed[row] = true;
    append_range(filter.ranges, {static_cast<std::int64_t>(row), 1});
  }
  return filter;
}

std::vector<FilterCase> filters(const VectorSet& set, const Settings& settings) {
  std::vector<std::size_t> all(settings.queries);
  for (std::size_t i = 0; i < all.size(); ++i) all[i] = i;
  std::vector<FilterCase> cases = {{"none", {}, {}, all}};
  const std::size_t documents = set.document.back() + 1;
  std::vector<float> chance(documents), along(documents);
  std::srand(static_cast<unsigned>(settings.seed));
  for (float& x : chance) x = static_cast<float>(std::rand());
  // The direction of the first query; the queries nearest to it, and the farthest.
  const auto d = static_cast<std::size_t>(set.dimension);
  const auto query = [&](std::size_t q) { return std::span<const float>(set.queries).subspan(q * d, d); };
  std::vector<float> row(d);
  for (std::size_t r = set.count(); r-- > 0;) {
    set.read(r, row.data());
    along[set.document[r]] = dot(row, query(0));
  }
  std::vector<std::size_t> order = all;
  std::sort(order.begin(), order.end(),
            [&](std::size_t a, std::size_t b) { return dot(query(a), query(0)) > dot(query(b), query(0)); });
  const std::size_t part = std::max<std::size_t>(1, all.size() / 4);
  const std::vector<std::size_t> near(order.begin(), order.begin() + static_cast<std::ptrdiff_t>(part));
  const std::vector<std::size_t> far(order.end() - static_cast<std::ptrdiff_t>(part), order.end());
  for (const double share : {0.5, 0.1, 0.01, 0.001}) {
    char percent[16];
    std::snprintf(percent, sizeof percent, "%g%%", share * 100);
    cases.push_back(highest(percent, set, chance, share, all));
    cases.push_back(highest(std::string(percent) + " correlated", set, along, share, near));
    cases.push_back(highest(std::string(percent) + " anticorrelated", set, along, share, far));
  }
  return cases;
}

using Answers = std::vector<std::vector<RowScore>>;

// answers[case][query]: the truth, by comparing everything.
std::vector<Answers> truth(const VectorSet& set, const std::vector<FilterCase>& cases,
                           const Settings& settings) {
  const auto d = static_cast<std::size_t>(set.dimension);
  std::vector<std::vector<std::vector<RowScore>>> found(static_cast<std::size_t>(settings.threads));
  const std::size_t slots = cases.size() * settings.queries;
  const auto merge = [&](std::vector<RowScore>& best) {
    std::sort(best.begin(), best.end(), [](const RowScore& a, const RowScore& b) { return better(a, b); });
    if (best.size() > settings.k) best.resize(settings.k);
  };
  on_threads(settings.threads, [&](std::size_t thread) {
    auto& own = found[thread];
    own.resize(slots);
    std::vector<float> scores(kBatchRows * settings.queries);
    for (std::size_t first = thread * kBatchRows; first < set.count();
         first += kBatchRows * static_cast<std::size_t>(settings.threads)) {
      const std::size_t count = std::min(kBatchRows, set.count() - first);
      const std::vector<float> vectors = read_rows(set, first, count);
      project_rows(vectors.data(), count, set.queries.data(), settings.queries, d, scores.data());
      for (std::size_t c = 0; c < cases.size(); ++c)
        for (const std::size_t q : cases[c].queries) {
          auto& best = own[c * settings.queries + q];
          const float bar = best.size() >= settings.k ? best[settings.k - 1].score : -2;
          for (std::size_t r = 0; r < count; ++r) {
            const float score = scores[r * settings.queries + q];
            if (score >= bar && (cases[c].allowed.empty() || cases[c].allowed[first + r]))
              best.push_back({static_cast<std::int64_t>(first + r), score});
          }
          if (best.size() > settings.k) merge(best);
        }
    }
  });
  std::vector<Answers> answers(cases.size(), Answers(settings.queries));
  for (std::size_t c = 0; c < cases.size(); ++c)
    for (const std::size_t q : cases[c].queries) {
      for (const auto& own : found)
        answers[c][q].insert(answers[c][q].end(), own[c * settings.queries + q].begin(),
                             own[c * settings.queries + q].end());
      merge(answers[c][q]);
    }
  return answers;
}

double percentile(std::vector<double> values, double share) {
  std::sort(values.begin(), values.end());
  return values[std::min(values.size() - 1,
                         static_cast<std::size_t>(share * static_cast<double>(values.size())))];
}

void measure(const VectorSet& set, const DenseIndex& index, const FilterCase& filter, const Answers& truth,
             const Settings& settings, ThreadPool& pool) {
  const auto d = static_cast<std::size_t>(set.dimension);
  std::size_t hits = 0, of = 0, few = 0;
  DenseTrace trace;
  std::vector<double> wall, cpu;
  for (int round = 0; round < 2; ++round) {  // the first warms
    hits = of = few = 0;
    trace = {};
    wall.clear();
    cpu.clear();
    for (const std::size_t q : filter.queries) {
      const float* query = set.queries.data() + q * d;
      std::vector<float> row(d);
      const ExactScores exact = [&](std::span<RowScore> rows) -> Status {
        for (RowScore& r : rows) {
          set.read(static_cast<std::size_t>(r.row), row.data());
          project_rows(row.data(), 1, query, 1, d, &r.score);
        }
        return {};
      };
      const std::span<const RowRange> ranges = filter.ranges;
      const double start = now(CLOCK_MONOTONIC), used = now(CLOCK_PROCESS_CPUTIME_ID);
      const auto found = index.search(
          {{query, d}, settings.k, filter.allowed.empty() ? nullptr : &ranges, &pool, &trace}, exact);
      wall.push_back(now(CLOCK_MONOTONIC) - start);
      cpu.push_back(now(CLOCK_PROCESS_CPUTIME_ID) - used);
      few += found->size() < truth[q].size();
      of += truth[q].size();
      // Rows with the score of a true row count: equal vectors are equally right.
      for (std::size_t i = 0; i < found->size(); ++i)
        hits += (*found)[i].score >= truth[q].back().score - 1e-6f;
    }
  }
  const auto n = static_cast<double>(filter.queries.size());
  std::printf(
      "{\"filter\":\"%s\",\"recall\":%.4f,\"short\":%zu,\"wall_p50\":%.3f,\"wall_p99\":%.3f,\"cpu_p50\":%.3f,"
      "\"rescored\":%.0f,\"exact_rows\":%.1f}\n",
      filter.name.c_str(), of == 0 ? 1 : static_cast<double>(hits) / static_cast<double>(of), few,
      percentile(wall, 0.5), percentile(wall, 0.99), percentile(cpu, 0.5),
      static_cast<double>(trace.rescored) / n, static_cast<double>(trace.exact) / n);
  std::fflush(stdout);
}

template <class T>
void write_values(const std::string& path, const std::vector<T>& values) {
  std::ofstream(path, std::ios::binary)
      .write(reinterpret_cast<const char*>(values.data()),
             static_cast<std::streamsize>(values.size() * sizeof(T)));
}

// rows.f16, queries.f32; of each filter its rows, the queries that are asked with it, and their true rows.
void write_set(const VectorSet& set, const std::vector<FilterCase>& cases,
               const std::vector<Answers>& answers, const Settings& settings) {
  write_values(settings.folder + "/rows.f16", set.rows);
  write_values(settings.folder + "/queries.f32", set.queries);
  std::ofstream names(settings.folder + "/filters.txt");
  for (std::size_t c = 0; c < cases.size(); ++c) {
    names << cases[c].name << "\n";
    std::vector<std::int64_t> rows, queries, truth;
    for (const RowRange& range : cases[c].ranges)
      for (std::int64_t row = range.first; row < range.first + range.count; ++row) rows.push_back(row);
    for (const std::size_t q : cases[c].queries) {
      queries.push_back(static_cast<std::int64_t>(q));
      for (std::size_t i = 0; i < settings.k; ++i)
        truth.push_back(i < answers[c][q].size() ? answers[c][q][i].row : -1);
    }
    const std::string name = settings.folder + "/filter-" + std::to_string(c);
    write_values(name + ".rows", rows);
    write_values(name + ".queries", queries);
    write_values(name + ".truth", truth);
  }
}

bool parse(int count, char** arguments, Settings& settings) {
  for (int i = 1; i + 1 < count; i += 2) {
    const std::string_view name = arguments[i];
    const char* value = arguments[i + 1];
    if (name == "--rows")
      settings.rows = std::strtoull(value, nullptr, 10);
    else if (name == "--queries")
      settings.queries = std::strtoull(value, nullptr, 10);
    else if (name == "--k")
      settings.k = std::strtoull(value, nullptr, 10);
    else if (name == "--dimension")
      settings.dimension = std::atoi(value);
    else if (name == "--threads")
      settings.threads = std::atoi(value);
    else if (name == "--seed")
      settings.seed = std::strtoull(value, nullptr, 10);
    else if (name == "--distribution")
      settings.name = value;
    else if (name == "--write")
      settings.folder = value;
    else
      return false;
  }
  const auto distribution = distribution_of(settings.name);
  if (count % 2 == 0 || !distribution || settings.rows == 0 || settings.dimension <= 0) return false;
  settings.distribution = *distribution;
  return true;
}

int run(int count, char** arguments) {
  Settings settings;
  if (!parse(count, arguments, settings))
    return std::fputs("usage: see the head of bench/index_bench.cc\n", stderr), 2;
  const VectorSet set = make_vector_set(settings.distribution, settings.rows, settings.dimension,
                                        settings.queries, settings.seed, settings.threads);
  std::fprintf(stderr, "vectors are made\n");
  const DenseIndex index = build(set);
  const std::vector<FilterCase> cases = filters(set, settings);
  const std::vector<Answers> answers = truth(set, cases, settings);
  if (!settings.folder.empty()) write_set(set, cases, answers, settings);
  ThreadPool pool(settings.threads);
  for (std::size_t c = 0; c < cases.size(); ++c) measure(set, index, cases[c], answers[c], settings, pool);
  return 0;
}

}  // namespace
}  // namespace rappel::bench

int main(int count, char** arguments) { return rappel::bench::run(count, arguments); }
