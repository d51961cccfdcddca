// The results of a run of `rappel bench`, for people (lines of a table), for programs (JSON) and for later
// runs (a file of JSON lines, one per run). The members of the JSON are described in docs/command-line.md.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/statistics.h"
#include "base/status.h"
#include "codec/json.h"

namespace rappel {

// One line of the table: a test, or a test with the query cache off or on.
struct BenchRow {
  int test = 0;       // from 1 on
  std::string key;    // "query_short.cache_off"; what later runs find it by
  std::string name;   // "single query, short"
  std::string cache;  // "off", "on"; empty where no query is embedded
  std::string unit;   // "queries"
  double items = 0;   // of that unit in a run
  double tokens = 0;  // computed in a run
  int planned = 0;    // runs; ms.count were completed
  Statistics ms;      // of a run

  // By the median; 0 when nothing was completed.
  double items_per_second() const;
  double tokens_per_second() const;
};

struct BenchAdvice {
  std::string setting, value;
  bool change = false;  // false: the value in force is right
  std::string reason;   // with what was measured
};

struct BenchRun {
  std::string time;  // UTC
  std::string version, commit;
  std::string device;
  int threads = 0;
  std::vector<std::pair<std::string, std::string>> settings;  // that figures depend on
  bool quick = false;
  bool complete = false;  // false: stopped on the way
  double seconds = 0;
  std::uint64_t peak_bytes = 0;  // of the process, when the tests were done
  std::vector<BenchRow> rows;
  std::vector<std::string> notes;  // what was not measured and why
  std::string busy;                // the evidence that other programs computed meanwhile; empty: none did
  std::vector<BenchAdvice> advice;
};

// How the median of a row changed since an earlier run.
struct BenchChange {
  double before_ms = 0;
  double percent = 0;  // negative: faster
  // Chance, perhaps: not more than the larger spread of both, nor than a quarter of the earlier median. The
  // spread is the standard deviation, or from the least to the median where that is less (an outlier is a
  // slow run).
  bool within_spread = false;
};
// None when `before` has no such row.
std::optional<BenchChange> change_of(const BenchRow& row, const BenchRun& before);
// Device and settings that are not the same: "EMBEDDING_PRECISION float32 -> auto".
std::vector<std::string> differences(const BenchRun& before, const BenchRun& now);

// Lines of at most 100 columns.
std::string bench_head(const BenchRun* against);
std::string bench_line(const BenchRow& row, const BenchRun* against);

Json bench_json(const BenchRun& run, const BenchRun* against);
// kInvalidArgument when it is not what bench_json() made.
Result<BenchRun> bench_of_json(const Json& json);

// The runs of a file, the oldest first: one JSON object, or JSON lines; lines that are no run are skipped
// (a crash may have cut one). kNotFound and other failures of reading; kInvalidArgument when no run is in it.
Result<std::vector<BenchRun>> read_bench_runs(const std::filesystem::path& path);
// Appends a line, makes the folder when it is missing.
Status append_bench_run(const std::filesystem::path& path, const BenchRun& run);

// The last of several runs that has the device and settings of `now`. Null: none.
const BenchRun* last_like(const std::vector<BenchRun>& runs, const BenchRun& now);

}  // namespace rappel
