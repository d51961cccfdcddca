// rappel bench: times the configured models on this machine, test by test, and recommends settings.
#include <fmt/format.h>

#include <chrono>
#include <filesystem>
#include <ostream>
#include <string_view>

#include "base/os/cpu.h"
#include "base/os/file.h"
#include "base/timestamp.h"
#include "base/units.h"
#include "cli/command.h"
#include "cli/progress.h"
#include "cli/stop_signal.h"
#include "config/settings.h"
#include "config/version.h"
#include "tune/bench_advice.h"
#include "tune/bench_chart.h"
#include "tune/bench_report.h"
#include "tune/load_watch.h"
#include "tune/measure.h"

namespace rappel {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kToTheSecond = std::string_view("2026-11-26T10:00:00").size();
constexpr double kAdviceShare = 0.25;  // of the time that the tests take, for the progress line alone

struct BenchTest {
  int number;
  const char* cache;  // as BenchRow's
  Workload work;
};

// The eight tests; those of queries once with every query computed and once through the cache.
std::vector<BenchTest> bench_tests(bool cache, bool rerank, bool quick) {
  std::vector<BenchTest> tests;
  const auto add = [&](int number, const char* how, Workload work) {
    if (quick) work.repeats = {1, std::max(2, work.repeats.runs / 3)};
    tests.push_back({number, how, std::move(work)});
  };
  const auto queries = [&](int number, const std::string& key, const std::string& name,
                           std::vector<std::string> texts, Repeats repeats) {
    add(number, "off", {key + ".cache_off", name, WorkKind::kQueries, texts, repeats});
    if (cache)
      add(number, "on", {key + ".cache_on", name, WorkKind::kCachedQueries, std::move(texts), repeats});
  };
  const auto documents = [&](int number, int count, TextLength length, Repeats repeats) {
    add(number, "",
        {fmt::format("documents_{}", count), fmt::format("{} documents", count), WorkKind::kDocuments,
         sentences(count, length), repeats});
  };
  const auto passages = [&](int number, int count, Repeats repeats) {
    add(number, "",
        {fmt::format("rerank_{}", count), fmt::format("rerank {} passages", count), WorkKind::kRerank,
         sentences(count, TextLength::kLong), repeats});
  };
  std::vector<std::string> ten = short_queries(), five_long = long_queries();
  const std::string one_short = ten[0], one_long = five_long[0];
  ten.insert(ten.end(), five_long.begin(), five_long.end());
  queries(1, "query_short", "single query, short", {one_short}, {2, 10});
  queries(2, "query_long", "single query, long", {one_long}, {2, 10});
  queries(3, "queries_10", "10 queries in turn", std::move(ten), {1, 5});
  documents(4, 3, TextLength::kShort, {2, 10});
  documents(5, 20, TextLength::kMedium, {2, 5});
  documents(6, 50, TextLength::kLong, {1, 3});
  if (!rerank) return tests;
  passages(7, 5, {2, 10});
  passages(8, 20, {2, 5});
  return tests;
}

class Bench {
 public:
  explicit Bench(CommandContext& context)
      : context_(context),
        options_(context.options),
        out_(*context.console.out),
        style_(context.console.out_style),
        progress_(*context.console.err, context.console.err_is_terminal) {}

  int run() {
    EngineSettings settings = engine_settings(options_);
    settings.embedder.cache = cache_budget(options_);
    if (!options_.text("--against").empty()) {
      auto runs = read_bench_runs(options_.text("--against"));
      if (!runs.ok()) return context_.console.fail(kExitUsage, runs.status().with_context("--against"));
      earlier_ = std::move(runs).value();
    }
    const HubSettings hub = hub_settings_of(context_);
    auto engines = Engines::load(settings, hub, *context_.logger);
    if (!engines.ok()) return context_.console.fail(kExitUsage, engines.status());
    describe_run(**engines);
    choose_against();
    if (!json()) print_head();
    Status status = time_tests(**engines);
    run_.peak_bytes = peak_resident_bytes();
    if (!json() && !run_.busy.empty()) {
      progress_.clear();
      out_ << "\n" << style_.paint(Paint::kWarning, style_.fitted(busy_words(), 0)) << "\n" << std::flush;
    }
    if (status.ok() && !stop_.raised()) {
      const AdviceInput input{
          options_,
          settings,
          hub,
          *context_.logger,
          run_,
          stop_.token(),
          [this](const std::string& words) {
            progress_.show_share(words, done_, total_);
            done_ += total_ * kAdviceShare / kAdviceSteps;
          },
          [this](const std::string& words) { progress_.show_share(words, done_, total_); }};
      auto advice = bench_advice(input, std::move(engines).value());
      if (advice.ok())
        run_.advice = std::move(advice).value();
      else if (!stop_.raised())
        status = advice.status();
    }
    progress_.clear();
    run_.complete = status.ok() && !stop_.raised();
    run_.seconds = progress_.seconds();
    return finish(status);
  }

 private:
  bool json() const { return options_.boolean("--json"); }
  fs::path folder() const { return local_folder(options_) / "bench"; }
  fs::path history() const { return folder() / "history.jsonl"; }
  bool keeps_history() const { return options_.boolean("--history"); }

  void describe_run(Engines& engines) {
    run_.time = format_timestamp_utc(std::chrono::system_clock::now()).substr(0, kToTheSecond) + "Z";
    run_.version = kVersion;
    run_.commit = kCommit;
    run_.device = engines.embedder().health().device;
    run_.threads = engines.threads();
    run_.quick = options_.boolean("--quick");
    std::vector<const char*> keys{"EMBEDDING_MODEL", "EMBEDDING_PRECISION", "EMBEDDING_MAX_LEN",
                                  "EMBEDDING_BATCH_TOKENS", "EMBEDDING_CACHE_SIZE"};
    if (engines.reranker() != nullptr)
      keys.insert(keys.end(), {"RERANK_MODEL", "RERANK_PRECISION", "RERANK_MAX_LEN", "RERANK_BATCH_TOKENS"});
    for (const char* key : keys) run_.settings.emplace_back(key, options_.text(key));
    if (options_.integer("EMBEDDING_CACHE_SIZE") == 0)
      run_.notes.emplace_back("the query tests ran without the cache alone: EMBEDDING_CACHE_SIZE=0");
    if (engines.reranker() == nullptr) run_.notes.emplace_back("nothing was reranked: RERANK_ENABLE=false");
  }

  std::string busy_words() const {
    return fmt::format("the machine is busy ({}): these figures are not those of a quiet one", run_.busy);
  }

  // A named file, else the last run with these settings.
  void choose_against() {
    if (options_.text("--against").empty()) {
      if (auto runs = read_bench_runs(history()); runs.ok()) earlier_ = std::move(runs).value();
      against_ = last_like(earlier_, run_);
      return;
    }
    against_ = last_like(earlier_, run_);
    if (against_ == nullptr) against_ = &earlier_.back();
  }

  void print_head() {
    out_ << fmt::format("rappel {}, {}\n", run_.version, run_.device);
    for (const auto& [key, value] : run_.settings)
      if (key.ends_with("_MODEL")) out_ << fmt::format("{}={}\n", key, value);
    for (const std::string& note : run_.notes) out_ << note << "\n";
    if (against_ != nullptr) {
      out_ << fmt::format("change: of the median since {}; in brackets: within the spread\n", against_->time);
      if (!against_->busy.empty()) out_ << fmt::format("  the machine was busy then: {}\n", against_->busy);
      for (const std::string& words : differences(*against_, run_))
        out_ << "  not the same: " << words << "\n";
    }
    out_ << "\n" << style_.heading(bench_head(against_)) << std::flush;
  }

  Status time_tests(Engines& engines) {
    const auto tests =
        bench_tests(options_.integer("EMBEDDING_CACHE_SIZE") > 0, engines.reranker() != nullptr, run_.quick);
    planned_ = tests.size();
    for (const BenchTest& test : tests) total_ += test.work.total_cost();
    total_ *= 1 + kAdviceShare;
    LoadWatch load;
    for (const BenchTest& test : tests) {
      if (stop_.raised()) break;
      const Workload& work = test.work;
      const std::string words = fmt::format("test {} of {}, {}", test.number, tests.back().number, work.name);
      const double each = work.cost();
      progress_.show_share(words, done_, total_);
      load.begin();
      RAPPEL_ASSIGN(const Measured measured, measure(engines, work, stop_.token(), [&] {
                      done_ += each;
                      progress_.show_share(words, done_, total_);
                    }));
      if (measured.ms.empty()) break;
      if (std::string busy = load.end(engines.busy_threads()); !busy.empty()) run_.busy = std::move(busy);
      run_.rows.push_back({test.number, work.key, work.name, test.cache, work.unit(),
                           static_cast<double>(work.texts.size()), measured.tokens, work.repeats.runs,
                           describe(measured.ms)});
      if (json()) continue;
      progress_.clear();
      out_ << bench_line(run_.rows.back(), against_) << std::flush;
    }
    return {};
  }

  int finish(const Status& status) {
    if (json())
      out_ << dump_json(bench_json(run_, against_)) << "\n";
    else
      print_end();
    out_.flush();
    int code = kExitOk;
    if (!status.ok()) code = context_.console.fail(kExitFailed, status);
    if (stop_.raised())
      code = context_.console.fail(
          kExitFailed, {Code::kCancelled, fmt::format("stopped; {} of {} lines are known, and not kept "
                                                      "in the history",
                                                      run_.rows.size(), planned_)});
    if (const Status written = write_files(); !written.ok())
      code = context_.console.fail(kExitFailed, written);
    return code;
  }

  void print_end() {
    out_ << fmt::format("\npeak memory {}, {}, {:.0f} s\n", bytes_text(static_cast<double>(run_.peak_bytes)),
                        count_text(static_cast<std::uint64_t>(run_.threads), "thread"), run_.seconds);
    if (run_.advice.empty()) return;
    out_ << "\n" << style_.heading("Recommendations") << "\n";
    for (const BenchAdvice& one : run_.advice)
      out_ << fmt::format("  {} {}={}\n      {}\n", one.change ? "set " : "keep", one.setting, one.value,
                          style_.fitted(one.reason, 6));
  }

  // The chart is drawn even if the history cannot be written.
  Status write_files() {
    if (run_.rows.empty()) return {};
    const bool keep = keeps_history() && run_.complete;
    fs::path chart = options_.text("--chart");
    if (keep && chart.empty()) chart = folder() / "latest.svg";
    const Status kept = keep ? append_bench_run(history(), run_) : Status();
    if (chart.empty()) return kept;
    const Status drawn = write_file_atomic(chart, bench_chart(run_, against_));
    if (drawn.ok() && !json())
      out_ << fmt::format("\nchart: {}{}\n", chart.string(),
                          keep && kept.ok() ? "; history: " + history().string() : "");
    return kept.ok() ? drawn : kept;
  }

  CommandContext& context_;
  const Options& options_;
  std::ostream& out_;
  const Terminal style_;
  StopRequest stop_;
  Progress progress_;
  BenchRun run_;
  std::vector<BenchRun> earlier_;
  const BenchRun* against_ = nullptr;  // one of them
  std::size_t planned_ = 0;            // rows
  double done_ = 0, total_ = 0;        // in Workload::cost()
};

}  // namespace

int run_bench(CommandContext& context) { return Bench(context).run(); }

}  // namespace rappel
