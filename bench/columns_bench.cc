// rappel_bench_columns: filters as columns in memory and as SQL, over generated documents.
//
//   rappel_bench_columns FOLDER [--documents 125000] [--chunks 8] [--rounds 5] [--seed 3] [--sql 1]
//
// FOLDER is new or empty; its database gets the documents alone, without chunks. Both sides give the rows of
// a filter cold, as the first query after a commit needs them, and must agree. One JSON object a line; times
// in ms, the median of the rounds, on one core.
#include <time.h>

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "store/sqlite/column_rows.h"
#include "store/sqlite/connection.h"
#include "store/sqlite/documents.h"
#include "store/sqlite/row_ranges.h"
#include "store/sqlite/schema.h"
#include "store/sqlite/sqlite_store.h"

namespace rappel::bench {
namespace {

using Op = Filter::Op;

struct Settings {
  std::string folder;
  std::int64_t documents = 125'000, chunks = 8;
  int rounds = 5;
  std::uint64_t seed = 3;
  bool sql = true;
};

constexpr std::int64_t kStart = 1'600'000'000, kSpan = 100'000'000;  // of the dates

double now() {
  timespec time{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) * 1e3 + static_cast<double>(time.tv_nsec) * 1e-6;
}

double median_ms(int rounds, const std::function<void()>& work) {
  std::vector<double> times;
  for (int i = 0; i < rounds; ++i) {
    const double start = now();
    work();
    times.push_back(now() - start);
  }
  std::sort(times.begin(), times.end());
  return times[times.size() / 2];
}

template <class T>
T value_or_exit(Result<T> result) {
  if (result.ok()) return std::move(result).value();
  std::fprintf(stderr, "%s\n", result.status().to_string().c_str());
  std::exit(1);
}

void or_exit(const Status& status) { value_or_exit(status.ok() ? Result<int>(0) : Result<int>(status)); }

std::string id_of(std::int64_t document) { return "doc-" + std::to_string(document * 7919 % 100'000'007); }

Metadata metadata_of(std::int64_t document, std::mt19937_64& random) {
  const std::string number = std::to_string(document);
  const std::int64_t second = kStart + static_cast<std::int64_t>(random() % kSpan);
  Metadata metadata;
  metadata.source = std::vector{"file", "email", "chat"}[random() % 3];
  metadata.source_id = "archive/2024/reports/report-" + number + ".pdf";
  metadata.url = "https://example.com/archive/" + number;
  metadata.created_at = Timestamp{"at " + std::to_string(second), second};
  metadata.author = "author " + std::to_string(random() % 500);
  metadata.filename = "report-" + number + ".pdf";
  metadata.filesize = static_cast<std::int64_t>(random() % 50'000'000);
  metadata.custom = {{"half", random() % 2 == 0},
                     {"pages", static_cast<std::int64_t>(random() % 400)},
                     {"price", static_cast<double>(random() % 100'000) / 100},
                     {"tags", std::vector<std::string>{"t" + std::to_string(random() % 20),
                                                       "t" + std::to_string(random() % 1000)}}};
  if (random() % 10 == 0) metadata.custom["rare " + std::to_string(random() % 300)] = std::string("x");
  return metadata;
}

struct Question {
  const char* name;
  Filter filter;
};

std::vector<Question> questions(const Settings& settings) {
  const auto days = [](double share) {
    return Timestamp{"", kStart + static_cast<std::int64_t>(share * static_cast<double>(kSpan))};
  };
  std::vector<MetadataValue> ids, sizes;
  for (std::int64_t i = 0; i < 1000; ++i) {
    ids.emplace_back(id_of(i * settings.documents / 1000));
    sizes.emplace_back(i * 1000);
  }
  const auto part = [](Op op, std::string_view key, const char* text) {
    return Filter::compare(op, key, std::string(text));
  };
  const Filter half = Filter::equals("half", true), rare = Filter::equals("author", std::string("author 7"));
  Filter not_half = half;
  not_half.op = Op::kNotEquals;
  return {
      {"custom boolean, 50 %", half},
      {"custom boolean differs, 50 %", not_half},
      {"date, 50 %", Filter::compare(Op::kGreaterOrEqual, "created_at", days(0.5))},
      {"date, 5 %", Filter::compare(Op::kGreaterOrEqual, "created_at", days(0.95))},
      {"size, 90 %", Filter::compare(Op::kGreater, "filesize", std::int64_t{5'000'000})},
      {"source, 33 %", Filter::equals("source", std::string("chat"))},
      {"author, 0.2 %", rare},
      {"path, one", Filter::equals("source_id", std::string("archive/2024/reports/report-77.pdf"))},
      {"custom number, 50 %", Filter::compare(Op::kLess, "pages", 200.0)},
      {"custom list, 5 %", Filter::equals("tags", std::string("t3"))},
      {"custom key missing, 99.97 %", Filter::exists("rare 3", false)},
      {"three conditions, 8 %", Filter::both_of({half, Filter::compare(Op::kLess, "pages", std::int64_t{200}),
                                                 Filter::equals("source", std::string("file"))})},
      {"1000 ids", Filter::any_of(kDocumentIdKey, ids)},
      {"1000 sizes", Filter::any_of("filesize", sizes)},
      {"prefix of a path, 11 %", part(Op::kPrefix, "source_id", "archive/2024/reports/report-1")},
      {"prefix of an address, none", part(Op::kPrefix, "url", "https://example.org/")},
      {"part of a path, 0.3 %", part(Op::kContains, "source_id", "777")},
      {"part of an author, 2 %", part(Op::kContains, "author", " 12")},
      {"part of an id, none", part(Op::kContains, kDocumentIdKey, "doc-x")},
      {"prefix of an item of a list, 1 %", part(Op::kPrefix, "tags", "t77")},
      {"everything, by size", Filter::compare(Op::kGreaterOrEqual, "filesize", std::int64_t{0})}};
}

// The store's tables with the documents in them.
void fill(sqlite::Connection& db, const Settings& settings) {
  std::mt19937_64 random(settings.seed);
  or_exit(db.exec("BEGIN IMMEDIATE"));
  sqlite::State state{.commit = 1};
  for (; state.documents < settings.documents; ++state.documents) {
    const RowRange rows{state.next_row, settings.chunks};
    value_or_exit(
        sqlite::insert_document(db, {id_of(state.documents), metadata_of(state.documents, random), rows}));
    state.next_row += settings.chunks;
    state.chunks += settings.chunks;
  }
  or_exit(sqlite::write_state(db, state));
  or_exit(db.exec("COMMIT"));
}

bool equal(const std::vector<RowRange>& a, const std::vector<RowRange>& b) {
  return std::ranges::equal(
      a, b, [](const RowRange& x, const RowRange& y) { return x.first == y.first && x.count == y.count; });
}

bool measure(sqlite::Connection& db, const DocumentColumns& columns, const Question& question,
             const Settings& settings) {
  std::vector<RowRange> rows, expected;
  const double in_memory = median_ms(settings.rounds, [&] { rows = columns.select(question.filter); });
  double sql = 0;
  if (settings.sql)
    sql = median_ms(settings.rounds,
                    [&] { expected = value_or_exit(sqlite::matching_row_ranges(db, question.filter)); });
  std::int64_t matching = 0;
  for (const RowRange& range : rows) matching += range.count;
  const bool agrees = !settings.sql || equal(rows, expected);
  std::printf(
      "{\"filter\":\"%s\",\"documents\":%lld,\"matching\":%.5f,\"ranges\":%zu,\"columns_ms\":%.3f,"
      "\"sql_ms\":%.3f,\"agrees\":%s}\n",
      question.name, static_cast<long long>(settings.documents),
      static_cast<double>(matching / settings.chunks) / static_cast<double>(settings.documents), rows.size(),
      in_memory, sql, agrees ? "true" : "false");
  std::fflush(stdout);
  return agrees;
}

// The columns after one more document, as after a commit.
void measure_change(const DocumentColumns& columns, const Settings& settings) {
  std::mt19937_64 random(settings.seed + 1);
  std::int64_t row = 1 + settings.documents * settings.chunks;
  DocumentColumns next = columns;
  std::vector<double> times;
  for (int i = 0; i < 1000; ++i, row += settings.chunks) {
    const Metadata metadata = metadata_of(settings.documents + i, random);
    const double start = now();
    DocumentColumnsBuilder builder(next);
    builder.append("new " + std::to_string(i), metadata, {row, settings.chunks});
    next = std::move(builder).finish();
    times.push_back(now() - start);
  }
  std::sort(times.begin(), times.end());
  std::printf(
      "{\"step\":\"one document more\",\"texts\":%s,\"p50_ms\":%.4f,\"p99_ms\":%.4f,\"most_ms\":%.3f}\n",
      columns.has_texts() ? "true" : "false", times[500], times[990], times.back());
}

DocumentColumns read(sqlite::Connection& db, const sqlite::State& state, bool texts,
                     const Settings& settings) {
  const double start = now();
  DocumentColumns columns =
      value_or_exit(sqlite::read_columns(db, state, texts, std::atomic<bool>(false))).columns;
  std::printf("{\"step\":\"read\",\"texts\":%s,\"documents\":%lld,\"ms\":%.1f,\"bytes_a_document\":%.1f}\n",
              texts ? "true" : "false", static_cast<long long>(settings.documents), now() - start,
              static_cast<double>(columns.bytes()) / static_cast<double>(settings.documents));
  return columns;
}

bool run(const Settings& settings) {
  SqliteStoreOptions options;
  options.folder = settings.folder;
  options.model = {.name = "none", .dimension = 4};
  value_or_exit(open_sqlite_store(options)).reset();
  const auto db = value_or_exit(sqlite::Connection::open(sqlite_store_file(settings.folder), 1000));
  fill(*db, settings);
  or_exit(db->exec("BEGIN"));
  const sqlite::State state = value_or_exit(sqlite::read_state(*db));
  const DocumentColumns without = read(*db, state, false, settings);
  const DocumentColumns columns = read(*db, state, true, settings);
  measure_change(without, settings);
  measure_change(columns, settings);
  bool agrees = true;
  for (const Question& question : questions(settings)) agrees &= measure(*db, columns, question, settings);
  return agrees;
}

bool parse(int count, char** arguments, Settings& settings) {
  if (count < 2 || count % 2 != 0) return false;
  settings.folder = arguments[1];
  for (int i = 2; i < count; i += 2) {
    const std::string_view name = arguments[i];
    const long long number = std::atoll(arguments[i + 1]);
    if (name == "--documents" && number > 0)
      settings.documents = number;
    else if (name == "--chunks" && number > 0)
      settings.chunks = number;
    else if (name == "--rounds" && number > 0)
      settings.rounds = static_cast<int>(number);
    else if (name == "--seed")
      settings.seed = static_cast<std::uint64_t>(number);
    else if (name == "--sql")
      settings.sql = number != 0;
    else
      return false;
  }
  return true;
}

}  // namespace
}  // namespace rappel::bench

int main(int argc, char** argv) {
  rappel::bench::Settings settings;
  if (!rappel::bench::parse(argc, argv, settings)) {
    std::fprintf(stderr,
                 "usage: rappel_bench_columns FOLDER [--documents N] [--chunks N] [--rounds N] [--seed N] "
                 "[--sql 0|1]\n");
    return 2;
  }
  return rappel::bench::run(settings) ? 0 : 1;
}
