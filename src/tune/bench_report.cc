#include "tune/bench_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <fstream>

#include "base/os/file.h"
#include "base/units.h"
#include "tune/measure.h"

namespace rappel {
namespace {

constexpr double kMostChance =
    0.25;  // of the earlier median: no larger change is ever put down to the spread
constexpr std::size_t kMostHistory = std::size_t{64} << 20;

double per_second(double count, double ms) { return ms > 0 ? 1e3 * count / ms : 0; }

// The deviation unless an outlier makes it: those of times are slow ones, so the half below the median has
// none.
double spread(const Statistics& ms) { return std::min(ms.deviation, ms.median - ms.min); }

Status not_a_run(const std::string& what) {
  return Status(Code::kInvalidArgument, "not a result of `rappel bench`: " + what);
}

Json row_json(const BenchRow& row, const BenchRun* against) {
  Json out{{"test", row.test},
           {"key", row.key},
           {"name", row.name},
           {"cache", row.cache.empty() ? Json() : Json(row.cache)},
           {"runs", row.ms.count},
           {"planned", row.planned},
           {"unit", row.unit},
           {"items", row.items},
           {"tokens", row.tokens},
           {"ms", statistics_json(row.ms)},
           {"items_per_second", row.items_per_second()},
           {"tokens_per_second", row.tokens_per_second()}};
  if (against == nullptr) return out;
  if (const auto change = change_of(row, *against))
    out["change"] = {{"before_ms", change->before_ms},
                     {"percent", change->percent},
                     {"within_spread", change->within_spread}};
  return out;
}

Result<BenchRow> row_of_json(const Json& json) {
  if (!json.is_object()) return not_a_run("a test is no object");
  BenchRow row;
  RAPPEL_ASSIGN(row.key, json_string(json, "key"));
  const auto ms = json.find("ms");
  if (ms == json.end()) return not_a_run("a test without \"ms\"");
  RAPPEL_ASSIGN(row.ms.median, json_number(*ms, "median"));
  RAPPEL_ASSIGN(row.ms.deviation, json_number(*ms, "deviation"));
  RAPPEL_ASSIGN(row.ms.min, json_number(*ms, "min"));
  RAPPEL_ASSIGN(const double runs, json_number(json, "runs"));
  row.ms.count = static_cast<std::size_t>(std::max(0.0, runs));
  return row;
}

std::string rate_text(double rate) {
  return fmt::format("{:.{}f}", rate, rate < 9.95 ? 2 : rate < 99.5 ? 1 : 0);
}

std::string change_text(const BenchRow& row, const BenchRun& against) {
  const auto change = change_of(row, against);
  if (!change) return "-";
  const std::string percent = fmt::format("{:+.1f} %", change->percent);
  return change->within_spread ? "(" + percent + ")" : percent;
}

}  // namespace

double BenchRow::items_per_second() const { return per_second(items, ms.median); }
double BenchRow::tokens_per_second() const { return per_second(tokens, ms.median); }

std::optional<BenchChange> change_of(const BenchRow& row, const BenchRun& before) {
  const auto it = std::find_if(before.rows.begin(), before.rows.end(),
                               [&](const BenchRow& old) { return old.key == row.key; });
  if (it == before.rows.end() || it->ms.count == 0 || row.ms.count == 0 || !(it->ms.median > 0)) return {};
  const double difference = row.ms.median - it->ms.median;
  const double chance = std::min(std::max(spread(row.ms), spread(it->ms)), kMostChance * it->ms.median);
  return BenchChange{it->ms.median, 100 * difference / it->ms.median, std::abs(difference) <= chance};
}

std::vector<std::string> differences(const BenchRun& before, const BenchRun& now) {
  std::vector<std::string> found;
  if (before.device != now.device) found.push_back(fmt::format("device {} -> {}", before.device, now.device));
  for (const auto& [key, value] : now.settings) {
    const auto is_key = [&name = key](const auto& setting) { return setting.first == name; };
    const auto it = std::find_if(before.settings.begin(), before.settings.end(), is_key);
    const std::string old = it == before.settings.end() ? "unknown" : it->second;
    if (old != value) found.push_back(fmt::format("{} {} -> {}", key, old, value));
  }
  return found;
}

const BenchRun* last_like(const std::vector<BenchRun>& runs, const BenchRun& now) {
  for (auto it = runs.rbegin(); it != runs.rend(); ++it)
    if (differences(*it, now).empty()) return &*it;
  return nullptr;
}

namespace {

// The same widths for the head and the lines: 97 columns with the change.
constexpr char kColumns[] = "{:<22} {:<5} {:>5} {:>7} {:>7} {:>7} {:>7} {:>10} {:>8}";

std::string with_change(std::string line, const std::string& change) {
  if (!change.empty()) line += fmt::format(" {:>10}", change);
  line.erase(line.find_last_not_of(' ') + 1);
  return line + "\n";
}

}  // namespace

std::string bench_head(const BenchRun* against) {
  return with_change(
      fmt::format(kColumns, "test", "cache", "runs", "median", "+-", "min", "p95", "per second", "tokens/s"),
      against == nullptr ? "" : "change");
}

std::string bench_line(const BenchRow& row, const BenchRun* against) {
  const std::string runs = static_cast<int>(row.ms.count) == row.planned
                               ? fmt::format("{}", row.planned)
                               : fmt::format("{}/{}", row.ms.count, row.planned);
  return with_change(
      fmt::format(kColumns, fmt::format("{} {}", row.test, row.name), row.cache.empty() ? "-" : row.cache,
                  runs, time_text(row.ms.median), time_text(row.ms.deviation), time_text(row.ms.min),
                  time_text(row.ms.p95), rate_text(row.items_per_second()),
                  row.tokens > 0 ? rate_text(row.tokens_per_second()) : "-"),
      against == nullptr ? "" : change_text(row, *against));
}

Json bench_json(const BenchRun& run, const BenchRun* against) {
  Json settings = Json::object(), tests = Json::array(), advice = Json::array();
  for (const auto& [key, value] : run.settings) settings[key] = value;
  for (const BenchRow& row : run.rows) tests.push_back(row_json(row, against));
  for (const BenchAdvice& one : run.advice)
    advice.push_back(
        {{"setting", one.setting}, {"value", one.value}, {"change", one.change}, {"reason", one.reason}});
  Json out{{"time", run.time},          {"version", run.version},
           {"commit", run.commit},      {"device", run.device},
           {"threads", run.threads},    {"settings", std::move(settings)},
           {"quick", run.quick},        {"complete", run.complete},
           {"seconds", run.seconds},    {"peak_memory_bytes", run.peak_bytes},
           {"tests", std::move(tests)}, {"notes", run.notes},
           {"busy", run.busy},          {"recommendations", std::move(advice)}};
  if (against != nullptr)
    out["against"] = {{"time", against->time}, {"differences", differences(*against, run)}};
  return out;
}

Result<BenchRun> bench_of_json(const Json& json) {
  if (!json.is_object()) return not_a_run("no object");
  BenchRun run;
  RAPPEL_ASSIGN(run.time, json_string(json, "time"));
  RAPPEL_ASSIGN(run.device, json_string(json, "device"));
  if (auto busy = json_string(json, "busy"); busy.ok()) run.busy = std::move(busy).value();
  const auto settings = json.find("settings"), tests = json.find("tests");
  if (settings == json.end() || !settings->is_object()) return not_a_run("no \"settings\"");
  for (const auto& [key, value] : settings->items())
    if (value.is_string()) run.settings.emplace_back(key, value.get<std::string>());
  if (tests == json.end() || !tests->is_array()) return not_a_run("no \"tests\"");
  for (const Json& test : *tests) {
    RAPPEL_ASSIGN(BenchRow row, row_of_json(test));
    run.rows.push_back(std::move(row));
  }
  return run;
}

Result<std::vector<BenchRun>> read_bench_runs(const std::filesystem::path& path) {
  RAPPEL_ASSIGN(const std::string content, read_file(path, kMostHistory));
  std::vector<BenchRun> runs;
  const auto take = [&](std::string_view text) {
    const auto json = parse_json(text);
    if (!json.ok()) return false;
    auto run = bench_of_json(*json);
    if (!run.ok()) return false;
    runs.push_back(std::move(run).value());
    return true;
  };
  if (take(content)) return runs;
  for (std::size_t begin = 0, end; begin < content.size(); begin = end + 1) {
    end = std::min(content.find('\n', begin), content.size());
    take(std::string_view(content).substr(begin, end - begin));
  }
  if (runs.empty())
    return Status(
        Code::kInvalidArgument,
        path.string() +
            " holds no result of `rappel bench`: make one with `rappel bench --json > FILE`, or name a "
            "history.jsonl");
  return runs;
}

Status append_bench_run(const std::filesystem::path& path, const BenchRun& run) {
  std::error_code error;
  std::filesystem::create_directories(path.parent_path(), error);
  if (const char* kind = special_file_kind(path); *kind != '\0')  // opening a FIFO waits
    return Status(Code::kInvalidArgument,
                  "cannot write the history " + path.string() + ": it is a " + kind + "; remove it");
  // A line that a crash has cut is not to spoil the next one.
  std::ifstream before(path, std::ios::binary | std::ios::ate);
  const bool cut = before && before.tellg() > 0 && before.seekg(-1, std::ios::end) && before.get() != '\n';
  std::ofstream file(path, std::ios::binary | std::ios::app);
  file << (cut ? "\n" : "") << dump_json(bench_json(run, nullptr)) << "\n" << std::flush;
  if (!file)
    return Status(Code::kUnavailable, "the history " + path.string() +
                                          " cannot be written: make its folder writable, set "
                                          "RAPPEL_DATA_DIR to another one, or use --no-history");
  return {};
}

}  // namespace rappel
