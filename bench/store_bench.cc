// rappel_bench_store: what the embedded store costs around the engine, with given vectors.
//
//   rappel_bench_store FOLDER [--rows 100000] [--dimension 1024] [--queries 200] [--words 100] [--tokens 100]
//   [--threads 2] [--seed 7] [--rounds 10]
//
// FOLDER is new or empty. Stores documents of about eight chunks, in upserts of 256 documents, asks, closes
// the store, opens it again, asks again, and once more when the index is trained; then it deletes and stores
// a third of the documents, --rounds times. The signals are asked alone, and once trained whole queries of
// the retrieval core as well (whole_queries.h). One JSON object a line. Times are of the clock, cpu_p50_ms is
// that of all threads, memory is resident.
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include "base/os/allocator.h"
#include "base/thread_pool.h"
#include "index/dense/split_mix.h"
#include "index_vectors.h"
#include "store/sqlite/sqlite_store.h"
#include "whole_queries.h"

namespace rappel::bench {
namespace {

constexpr std::size_t kBatchDocuments = 256, kResults = 10, kCandidates = 100;

struct Settings {
  std::string folder;
  std::size_t rows = 100'000, queries = 200, words = 100, tokens = 100, rounds = 10;
  int dimension = 1024, threads = 2;
  std::uint64_t seed = 7;
};

double now(clockid_t clock = CLOCK_MONOTONIC) {
  timespec time{};
  ::clock_gettime(clock, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
}

std::size_t resident_bytes() {
  std::size_t size = 0, resident = 0;
  std::ifstream("/proc/self/statm") >> size >> resident;
  return resident * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
}

std::size_t folder_bytes(const std::string& folder) {
  std::size_t sum = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder))
    if (entry.is_regular_file()) sum += entry.file_size();
  return sum;
}

// A word of letters for each rank.
std::string word_of(int rank) {
  static constexpr const char* kSyllables[] = {"ba", "ko",  "ri", "me", "tu",  "sal", "den", "fi",
                                               "go", "pra", "no", "vi", "lum", "ter", "ca",  "hy"};
  std::string word;
  for (int rest = rank + 1; rest > 0; rest /= 16) word += kSyllables[rest % 16];
  return word;
}

// Words of a Zipf-like vocabulary of 50 000.
std::string make_text(SplitMix& random, std::size_t words) {
  std::string text;
  for (std::size_t i = 0; i < words; ++i) {
    const double u = static_cast<double>(random.next() >> 11) * 0x1p-53;
    text += word_of(static_cast<int>(50'000 * u * u * u)) + " ";
  }
  return text;
}

// The weights of a chunk, as of BGE-M3's vocabulary: some tokens are in many chunks.
std::vector<TokenWeight> make_weights(SplitMix& random, std::size_t tokens) {
  std::vector<TokenWeight> weights(tokens);
  for (TokenWeight& one : weights) {
    const double u = static_cast<double>(random.next() >> 11) * 0x1p-53;
    one = {static_cast<std::uint32_t>(250'000 * u * u * u), 0.01f + 0.3f * static_cast<float>(u)};
  }
  std::sort(weights.begin(), weights.end(),
            [](const TokenWeight& a, const TokenWeight& b) { return a.token < b.token; });
  const auto same = [](const TokenWeight& a, const TokenWeight& b) { return a.token == b.token; };
  weights.erase(std::unique(weights.begin(), weights.end(), same), weights.end());
  return weights;
}

// The documents from `first` on, and where they end in the rows of the set.
std::vector<NewDocument> documents_from(const VectorSet& set, std::size_t& row, std::size_t count,
                                        const Settings& settings) {
  SplitMix random(settings.seed + row);
  std::vector<NewDocument> documents;
  while (documents.size() < count && row < set.count()) {
    NewDocument document;
    document.id = "d" + std::to_string(set.document[row]);
    document.metadata.author = "author " + std::to_string(set.document[row] % 1000);
    for (const std::uint32_t number = set.document[row]; row < set.count() && set.document[row] == number;
         ++row) {
      NewChunk chunk;
      chunk.text = make_text(random, settings.words);
      chunk.begin = static_cast<std::uint32_t>(document.chunks.size());
      chunk.end = chunk.begin + 1;
      chunk.dense.resize(static_cast<std::size_t>(set.dimension));
      set.read(row, chunk.dense.data());
      chunk.sparse = make_weights(random, settings.tokens);
      document.chunks.push_back(std::move(chunk));
    }
    documents.push_back(std::move(document));
  }
  return documents;
}

// float16 is not quite of unit length.
void make_unit(std::vector<float>& vector) {
  double squares = 0;
  for (const float x : vector) squares += double(x) * x;
  for (float& x : vector) x = static_cast<float>(x / std::sqrt(squares));
}

double percentile(std::vector<double> values, double share) {
  std::sort(values.begin(), values.end());
  return values[std::min(values.size() - 1,
                         static_cast<std::size_t>(share * static_cast<double>(values.size())))];
}

// Times of one kind of question in a snapshot of its own.
template <class Ask>
Status measure(SnapshotStore& store, std::size_t queries, const std::string& labels, const Ask& ask) {
  std::vector<double> times, cpu;
  for (std::size_t q = 0; q < queries; ++q) {
    const double start = now(), used = now(CLOCK_PROCESS_CPUTIME_ID);
    RAPPEL_ASSIGN(const auto reader, store.snapshot());
    RAPPEL_TRY(ask(*reader, q));
    times.push_back((now() - start) * 1e3);
    cpu.push_back((now(CLOCK_PROCESS_CPUTIME_ID) - used) * 1e3);
  }
  std::printf("{%s,\"first_ms\":%.2f,\"p50_ms\":%.2f,\"p99_ms\":%.2f,\"cpu_p50_ms\":%.2f}\n", labels.c_str(),
              times.front(), percentile(times, 0.5), percentile(times, 0.99), percentile(cpu, 0.5));
  std::fflush(stdout);
  return {};
}

// A vector, five words with two of the most frequent ones, and weights of twelve tokens, for each query.
struct Questions {
  std::vector<std::vector<float>> vectors;
  std::vector<std::string> texts;
  std::vector<std::vector<TokenWeight>> weights;
};

Questions make_questions(const VectorSet& set, const Settings& settings) {
  const auto d = static_cast<std::ptrdiff_t>(settings.dimension);
  Questions made;
  SplitMix random(settings.seed + 99);
  for (std::size_t q = 0; q < settings.queries; ++q) {
    const auto begin = set.queries.begin() + static_cast<std::ptrdiff_t>(q) * d;
    make_unit(made.vectors.emplace_back(begin, begin + d));
    made.texts.push_back(make_text(random, 5) + word_of(0) + " " + word_of(3));
    made.weights.push_back(make_weights(random, 12));
  }
  return made;
}

Status ask(SnapshotStore& store, const VectorSet& set, const Settings& settings, const std::string& step) {
  const auto [vectors, texts, weights] = make_questions(set, settings);
  const std::pair<const char*, Filter> filters[] = {
      {"none", {}}, {"0.1%", Filter::equals("author", std::string("author 7"))}};
  for (const auto& [name, filter] : filters) {
    const std::string labels = "\"step\":\"" + step + "\",\"filter\":\"" + name + "\",\"signal\":";
    RAPPEL_TRY(
        measure(store, settings.queries, labels + "\"dense\"", [&](StoreReader& reader, std::size_t q) {
          return reader.search(SearchRequest::dense(vectors[q], kResults, filter)).status();
        }));
    RAPPEL_TRY(
        measure(store, settings.queries, labels + "\"words\"", [&](StoreReader& reader, std::size_t q) {
          return reader.search(SearchRequest::lexical(texts[q], kCandidates, filter)).status();
        }));
    RAPPEL_TRY(
        measure(store, settings.queries, labels + "\"sparse\"", [&](StoreReader& reader, std::size_t q) {
          return reader.search(SearchRequest::sparse(weights[q], kCandidates, filter)).status();
        }));
  }
  return {};
}

Status ask_whole(SnapshotStore& store, const VectorSet& set, const Settings& settings) {
  const Questions questions = make_questions(set, settings);
  WholeQueries whole(store, settings.dimension);
  for (const auto& [name, query] : query_settings()) {
    const std::string labels = std::string("\"step\":\"whole queries\",\"query\":\"") + name + "\"";
    RAPPEL_TRY(measure(store, settings.queries, labels, [&](StoreReader&, std::size_t q) {
      Embedding embedding{.dense = questions.vectors[q]};
      for (const TokenWeight& weight : questions.weights[q])
        embedding.sparse.emplace_back(static_cast<TokenId>(weight.token), weight.weight);
      return whole.answer(query, questions.texts[q], embedding);
    }));
  }
  return {};
}

// Begins a snapshot every few milliseconds, as readers do, and remembers how long that took.
class Watcher {
 public:
  explicit Watcher(SnapshotStore& store)
      : thread_([this, &store] {
          while (!stop_) {
            const double start = now();
            (void)store.snapshot();
            longest_ = std::max(longest_, now() - start);
            std::this_thread::sleep_for(std::chrono::milliseconds(3));
          }
        }) {}
  ~Watcher() { (void)longest_ms(); }
  double longest_ms() {
    stop_ = true;
    if (thread_.joinable()) thread_.join();
    return longest_ * 1e3;
  }

 private:
  std::atomic<bool> stop_{false};
  double longest_ = 0;
  std::thread thread_;
};

// Returns the seconds of the calls of the store.
Result<double> fill(SnapshotStore& store, const VectorSet& set, const Settings& settings, std::size_t rows) {
  double seconds = 0;
  for (std::size_t row = 0; row < rows;) {
    std::vector<NewDocument> documents = documents_from(set, row, kBatchDocuments, settings);
    for (NewDocument& document : documents)
      for (NewChunk& chunk : document.chunks) make_unit(chunk.dense);
    const double start = now();
    RAPPEL_TRY(store.upsert(std::move(documents)));
    seconds += now() - start;
  }
  return seconds;
}

double cpu_seconds() {
  timespec time{};
  ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
}

// Waits until the work in the background is done, for ten minutes at most: a process that has used hardly any
// CPU time for two seconds is idle.
void settle(const Settings& settings, std::size_t before, const char* step) {
  constexpr int kLongest = 300;
  double used = cpu_seconds();
  for (int i = 0; i < kLongest; ++i) {
    std::this_thread::sleep_for(std::chrono::seconds(2));
    const double now_used = cpu_seconds();
    if (now_used - used < 0.02) break;
    used = now_used;
  }
  std::printf("{\"step\":\"%s\",\"resident_bytes\":%zu,\"folder_bytes\":%zu}\n", step,
              resident_bytes() - before, folder_bytes(settings.folder));
  std::fflush(stdout);
}

Status run(const Settings& settings) {
  const VectorSet set = make_vector_set(Distribution::kClustered, settings.rows, settings.dimension,
                                        settings.queries, settings.seed, settings.threads);
  ThreadPool pool(settings.threads);
  SqliteStoreOptions options;
  options.folder = settings.folder;
  options.model.name = "generated";
  options.model.dimension = settings.dimension;
  options.pool = &pool;
  const std::size_t before = resident_bytes();
  {
    RAPPEL_ASSIGN(const auto store, open_sqlite_store(options));
    Watcher watcher(*store);
    RAPPEL_ASSIGN(const double seconds, fill(*store, set, settings, settings.rows));
    std::printf(
        "{\"step\":\"store\",\"chunks_a_second\":%.0f,\"longest_snapshot_ms\":%.1f,\"resident_bytes\":%zu,"
        "\"folder_bytes\":%zu}\n",
        static_cast<double>(settings.rows) / seconds, watcher.longest_ms(), resident_bytes() - before,
        folder_bytes(settings.folder));
    RAPPEL_TRY(ask(*store, set, settings, "after storing"));
  }
  double start = now();
  RAPPEL_ASSIGN(const auto store, open_sqlite_store(options));
  std::printf("{\"step\":\"open\",\"ms\":%.0f,\"resident_bytes\":%zu}\n", (now() - start) * 1e3,
              resident_bytes() - before);
  RAPPEL_TRY(ask(*store, set, settings, "after opening"));
  settle(settings, before, "settled");
  RAPPEL_TRY(ask(*store, set, settings, "after settling"));
  RAPPEL_TRY(ask_whole(*store, set, settings));
  if (settings.rounds == 0) return {};
  for (std::size_t round = 0; round < settings.rounds; ++round) {
    RAPPEL_ASSIGN(const double seconds, fill(*store, set, settings, settings.rows / 3));
    std::printf(
        "{\"step\":\"churn\",\"round\":%zu,\"seconds\":%.1f,\"resident_bytes\":%zu,\"folder_bytes\":%zu}\n",
        round, seconds, resident_bytes() - before, folder_bytes(settings.folder));
    std::fflush(stdout);
  }
  settle(settings, before, "settled after churn");
  return ask(*store, set, settings, "after churn");
}

bool parse(int count, char** arguments, Settings& settings) {
  if (count < 2 || count % 2 != 0) return false;
  settings.folder = arguments[1];
  for (int i = 2; i + 1 < count; i += 2) {
    const std::string_view name = arguments[i];
    const std::uint64_t value = std::strtoull(arguments[i + 1], nullptr, 10);
    if (name == "--rows")
      settings.rows = value;
    else if (name == "--queries")
      settings.queries = value;
    else if (name == "--words")
      settings.words = value;
    else if (name == "--tokens")
      settings.tokens = value;
    else if (name == "--rounds")
      settings.rounds = value;
    else if (name == "--dimension")
      settings.dimension = static_cast<int>(value);
    else if (name == "--threads")
      settings.threads = static_cast<int>(value);
    else if (name == "--seed")
      settings.seed = value;
    else
      return false;
  }
  return settings.rows > 0 && settings.dimension > 0 && settings.queries > 0;
}

}  // namespace
}  // namespace rappel::bench

int main(int count, char** arguments) {
  rappel::bench::Settings settings;
  if (!rappel::bench::parse(count, arguments, settings))
    return std::fputs("usage: see the head of bench/store_bench.cc\n", stderr), 2;
  rappel::prepare_allocator();  // as rappel does
  const rappel::Status status = rappel::bench::run(settings);
  if (!status.ok()) std::fprintf(stderr, "%s\n", status.to_string().c_str());
  return status.ok() ? 0 : 1;
}
