#include "tune/tuning.h"

#include <sys/resource.h>
#include <sys/utsname.h>

#include <algorithm>
#include <filesystem>

#include <fmt/format.h>

#include "base/os/cpu.h"
#include "base/os/file.h"
#include "base/units.h"
#include "config/settings.h"
#include "hub/hub.h"
#include "tune/contest.h"
#include "tune/lowered.h"
#include "tune/measure.h"
#include "tune/memory.h"
#include "wiring/runtime.h"
#include "wiring/stores.h"

namespace rappel {
namespace {

namespace fs = std::filesystem;

class Tuner {
 public:
  Tuner(const RunContext& context, std::stop_token stop, TuningProgress progress, LoadClock clock)
      : context_(context),
        options_(context.options),
        hub_(hub_settings_of(context)),
        engines_(engine_settings(options_)),
        stop_(std::move(stop)),
        progress_(std::move(progress)),
        clock_(std::move(clock)) {
    engines_.warm_up = false;  // five loads must not take more than a minute
    // The tools recommend another device now; Options::notes has reported the one that was asked for.
    engines_.embedder.refused_device.clear();
    if (engines_.reranker) engines_.reranker->refused_device.clear();
  }

  Result<Tuning> run() {
    describe_machine();
    require();
    platform_defaults();
    if (const bool missing =
            std::any_of(models_.begin(), models_.end(), [](const auto& model) { return !model.second; });
        !missing) {
      const Status status = measure();
      tuning_.stopped = status.code() == Code::kCancelled;
      if (!tuning_.stopped) RAPPEL_TRY(status);
      tuning_.measured = status.ok() && tuning_.busy.empty();
    }
    return std::move(tuning_);
  }

  Tuning look() {
    describe_machine();
    require();
    return std::move(tuning_);
  }

 private:
  Status measure() {
    total_ = 3 + (chooses_threads() ? 1 : 0) + (reranks() ? 1 : 0);
    RAPPEL_TRY(next_step("looking for other work on this machine"));
    const int threads = tuning_.platform == "cpu" ? read_cpu_info().usable_threads() : 1;
    const std::string busy = wait_until_quiet(
        clock_, {.threads = threads, .stop = stop_, .waiting = [this](const std::string& evidence) {
                   progress_("waiting for a quiet machine: " + evidence, done_, total_);
                 }});
    if (stop_.stop_requested()) return {Code::kCancelled, "stopped"};
    if (!busy.empty()) {
      keep_all(busy);
      return {};
    }
    RAPPEL_TRY(choose_precision());
    if (chooses_threads()) RAPPEL_TRY(choose_threads());
    if (reranks()) RAPPEL_TRY(choose_candidates());
    return {};
  }

  // Before each part of the work. kCancelled after Ctrl-C: the settings that are known by then are kept.
  Status next_step(const std::string& words) {
    if (stop_.stop_requested()) return Status(Code::kCancelled, "stopped");
    step_ = words;
    progress_(words, done_++, total_);
    return {};
  }

  ContestSetup contest_setup() {
    return {hub_, *context_.logger, stop_,
            [this](const std::string& words) { progress_(step_ + ": " + words, done_, total_); }, clock_};
  }

  bool reranks() const { return options_.boolean("RERANK_ENABLE"); }
  void fact(std::string label, std::string words) {
    tuning_.machine.emplace_back(std::move(label), std::move(words));
  }
  void need(const char* name, bool ok, std::string words) {
    tuning_.requirements.push_back({name, ok, true, std::move(words)});
  }
  void advise(const char* name, bool ok, std::string words) {
    tuning_.requirements.push_back({name, ok, false, std::move(words)});
  }
  void recommend(const std::string& key, std::string value, std::string reason) {
    const auto own = user_value(context_, key);
    std::string cost = own ? lowered_words(key, *own, value) : "";
    tuning_.settings.push_back({key, std::move(value), std::move(reason), std::move(cost)});
  }

  // The value of the user, else the platform's default, of a setting that was not measured.
  void keep(const std::string& key, const std::string& busy) {
    tuning_.busy = busy;
    const auto own = user_value(context_, key);
    recommend(key, own ? *own : default_of(find_option(key), tuning_.platform),
              not_measured(busy) + (own ? "; your value stays" : "; this is the default"));
  }

  void keep_all(const std::string& busy) {
    keep("EMBEDDING_PRECISION", busy);
    if (reranks()) keep("RERANK_PRECISION", busy);
    if (chooses_threads()) keep("RAPPEL_THREADS", busy);
    if (reranks()) keep("RERANK_K", busy);
  }

  void describe_machine() {
    const CpuInfo cpu = read_cpu_info();
    Runtime runtime(engines_.machine, hub_, *context_.logger);
    tuning_.platform = best_device();
    if (utsname system{}; ::uname(&system) == 0)
      fact("system", fmt::format("{} {}, {}", system.sysname, system.release, system.machine));
    fact("device", runtime.device_description());
    fact("cpus", cpu.cores());
    fact("memory", bytes_text(static_cast<double>(cpu.memory_bytes)));
    // By name: several GPUs are several members of the JSON.
    for (const auto& [name, description] : runtime.accelerators())
      fact(name, description.starts_with(name + ": ") ? description.substr(name.size() + 2) : description);
    std::error_code error;
    const auto& built = built_devices();
    if (fs::exists("/proc/driver/nvidia/version", error) &&
        std::find(built.begin(), built.end(), "cuda") == built.end())
      fact("gpu",
           "an NVIDIA driver is installed, but this build has no CUDA device; docs/cuda.md says how to build "
           "one");
    memory_ = static_cast<double>(cpu.memory_bytes);
  }

  void require() {
    std::vector<std::string> names{options_.text("EMBEDDING_MODEL")};
    if (reranks()) names.push_back(options_.text("RERANK_MODEL"));
    for (const std::string& name : names) {
      const auto info = model_info(name, hub_);
      models_.emplace_back(name, info.ok());
      need(
          "model", info.ok(),
          info.ok() ? name + ", " + bytes_text(static_cast<double>((*info).bytes)) : info.status().message());
    }
    require_memory();
    require_disk();
    rlimit files{};
    constexpr rlim_t kLeastFiles = 1024;
    if (getrlimit(RLIMIT_NOFILE, &files) == 0)
      advise("open files", files.rlim_cur >= kLeastFiles,
             files.rlim_cur >= kLeastFiles
                 ? fmt::format("limit {}", files.rlim_cur)
                 : fmt::format("limit {}; raise it with `ulimit -n 4096`", files.rlim_cur));
    if (const auto pages = read_file("/sys/kernel/mm/transparent_hugepage/enabled", 1 << 10); pages.ok())
      advise("huge pages", (*pages).find("[never]") == std::string::npos,
             (*pages).find("[never]") == std::string::npos
                 ? "on request"
                 : "never; `echo madvise > /sys/kernel/mm/transparent_hugepage/enabled` as root makes large "
                   "models faster");
  }

  void require_memory() {
    const MemoryEstimate& estimate = tuning_.memory = estimate_memory(engines_, hub_);
    const bool fits = memory_ == 0 || memory_ > estimate.needed();
    need("memory", !estimate.known() || fits,
         estimate.known() ? fmt::format("{} of {} at most: {}", bytes_text(estimate.total()),
                                        bytes_text(memory_), estimate.words())
                          : estimate.words());
    tuning_.requirements.back().known = estimate.known();
  }

  void require_disk() {
    constexpr double kLeastSpace = 1e9;
    const auto store = describe_store(store_settings(context_));
    if (!store.ok() || store->disk.empty()) return;
    std::error_code error;
    const auto space = fs::space(nearest_existing(store->disk), error);
    if (error) return;
    const auto available = static_cast<double>(space.available);
    need("disk", available > kLeastSpace,
         fmt::format("{} free for {}", bytes_text(available), store->location));
  }

  void platform_defaults() {
    const std::string table = "default of the platform";
    const auto by_platform = [&](const char* name) {
      recommend(name, default_of(find_option(name), tuning_.platform), table);
    };
    recommend("EMBEDDING_DEVICE", "auto", "the fastest device that the machine has");
    by_platform("EMBEDDING_BATCH");
    by_platform("EMBEDDING_MAX_LEN");
    recommend("EMBEDDING_CACHE_SIZE", default_of(find_option("EMBEDDING_CACHE_SIZE"), tuning_.platform),
              "a repeated query costs microseconds; an entry takes 4 KB at dimension 1024");
    if (!reranks()) return;
    recommend("RERANK_DEVICE", "auto", "the fastest device that the machine has");
    by_platform("RERANK_FINAL_N");
  }

  Status choose_precision() {
    RAPPEL_TRY(next_step("measuring precisions"));
    std::vector<Contender> contenders;
    for (const char* precision : kPrecisions) {
      if (!may_recommend(precision, tuning_.platform)) continue;
      contenders.push_back({precision, engines_});
      contenders.back().settings.embedder.precision = precision;
    }
    RAPPEL_ASSIGN(const Speeds speeds, contest(contenders, contest_setup()));
    if (!speeds.busy.empty()) {
      keep("EMBEDDING_PRECISION", speeds.busy);
      if (reranks()) keep("RERANK_PRECISION", speeds.busy);
      return {};
    }
    std::string words, fastest = "auto";
    double best = 0, exact = 0;
    for (std::size_t i = 0; i < contenders.size(); ++i) {
      const auto& speed = speeds.tokens_per_second[i];
      if (!speed || (i > 0 && speeds.same[i])) continue;
      if (exact == 0) exact = *speed;
      words += fmt::format("{}{} {:.0f} tokens/s", words.empty() ? "measured: " : ", ", contenders[i].name,
                           *speed);
      if (*speed > best * kWorthwhile) best = *speed, fastest = contenders[i].name;
    }
    fact("speed", fmt::format("{:.1f}x float32's with {}", best / exact, fastest));
    recommend("EMBEDDING_PRECISION", fastest, words);
    if (reranks()) recommend("RERANK_PRECISION", fastest, "as the embedder, whose layers are the same");
    engines_.embedder.precision = fastest;
    if (reranks()) engines_.reranker->precision = fastest;
    return {};
  }

  // Else there is nothing to choose, or the user has chosen.
  bool chooses_threads() const {
    return read_cpu_info().usable_threads() >= 4 && options_.integer("RAPPEL_THREADS") == 0;
  }

  Status choose_threads() {
    RAPPEL_TRY(next_step("measuring numbers of threads"));
    const int all = read_cpu_info().usable_threads();
    std::vector<Contender> contenders{{count_text(static_cast<std::uint64_t>(all), "thread"), engines_},
                                      {count_text(static_cast<std::uint64_t>(all / 2), "thread"), engines_}};
    contenders[1].settings.machine.threads = all / 2;
    RAPPEL_ASSIGN(const Speeds speeds, contest(contenders, contest_setup()));
    if (!speeds.busy.empty()) {
      keep("RAPPEL_THREADS", speeds.busy);
      return {};
    }
    const auto &whole = speeds.tokens_per_second[0], &half = speeds.tokens_per_second[1];
    if (!whole || !half) return {};
    // 0 follows the machine when it changes.
    if (*half > *whole * kWorthwhile) engines_ = contenders[1].settings;
    recommend("RAPPEL_THREADS", std::to_string(engines_.machine.threads),
              fmt::format("measured: {} {:.0f} tokens/s, {} {:.0f}", contenders[0].name, *whole,
                          contenders[1].name, *half));
    return {};
  }

  Status choose_candidates() {
    RAPPEL_TRY(next_step("measuring the time of a query"));
    RAPPEL_ASSIGN(const auto engines, Engines::load(engines_, hub_, *context_.logger));
    RAPPEL_ASSIGN(const MeasuredCost measured, query_cost(*engines, clock_, stop_));
    if (!measured.busy.empty()) {
      keep("RERANK_K", measured.busy);
      return {};
    }
    const QueryCost& cost = measured.cost;
    const auto budget = static_cast<double>(options_.integer("--latency-budget"));
    const int candidates = cost.candidates_within(budget);
    recommend("RERANK_K", std::to_string(candidates),
              fmt::format("measured: {:.1f} ms for a query and {:.1f} ms for each passage; {} of {:.0f} ms",
                          cost.query_ms, cost.passage_ms,
                          cost.total(candidates) > budget ? "even the fewest need more than the budget"
                                                          : "as many as fit into the budget",
                          budget));
    return {};
  }

  const RunContext& context_;
  const Options& options_;
  HubSettings hub_;
  EngineSettings engines_;  // with what was chosen so far
  Tuning tuning_;
  std::stop_token stop_;
  TuningProgress progress_;
  LoadClock clock_;
  std::string step_;
  std::size_t done_ = 0, total_ = 0;  // steps
  double memory_ = 0;
  std::vector<std::pair<std::string, bool>> models_;  // and whether it is there
};

}  // namespace

Result<Tuning> tune_machine(const RunContext& context, const std::stop_token& stop,
                            const TuningProgress& progress, const LoadClock& clock) {
  return Tuner(context, stop, progress, clock).run();
}
Tuning look_at_machine(const RunContext& context) { return Tuner(context, {}, {}, {}).look(); }

}  // namespace rappel
