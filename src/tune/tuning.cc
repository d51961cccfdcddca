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
#include "tune/measure.h"
#include "wiring/runtime.h"

namespace rappel {
namespace {

namespace fs = std::filesystem;

class Tuner {
 public:
  Tuner(const RunContext& context, std::stop_token stop, TuningProgress progress)
      : context_(context),
        options_(context.options),
        hub_(hub_settings_of(context)),
        engines_(engine_settings(options_)),
        stop_(std::move(stop)),
        progress_(std::move(progress)) {
    engines_.warm_up = false;  // five loads are to take a minute at most
    // What was asked for is about to change, and said already (Options::notes).
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
      tuning_.measured = status.ok();
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
    steps_ = static_cast<std::size_t>(std::count_if(
                 kPrecisions.begin(), kPrecisions.end(),
                 [&](const char* precision) { return may_recommend(precision, tuning_.platform); })) +
             (chooses_threads() ? 2 : 0) + (reranks() ? 2 : 0);
    RAPPEL_TRY(choose_precision());
    if (chooses_threads()) RAPPEL_TRY(choose_threads());
    if (reranks()) RAPPEL_TRY(choose_candidates());
    return {};
  }

  // Before each model that is loaded. kCancelled after Ctrl-C: what is known by then is kept.
  Status next_step(const std::string& words) {
    if (stop_.stop_requested()) return Status(Code::kCancelled, "stopped");
    progress_(words, step_++, steps_);
    return {};
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
  void recommend(std::string key, std::string value, std::string reason) {
    tuning_.settings.push_back({std::move(key), std::move(value), std::move(reason)});
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
    double bytes = 0;
    std::vector<std::string> names{options_.text("EMBEDDING_MODEL")};
    if (reranks()) names.push_back(options_.text("RERANK_MODEL"));
    for (const std::string& name : names) {
      const auto info = model_info(name, hub_);
      models_.emplace_back(name, info.ok());
      if (info.ok()) bytes += static_cast<double>((*info).bytes);
      need(
          "model", info.ok(),
          info.ok() ? name + ", " + bytes_text(static_cast<double>((*info).bytes)) : info.status().message());
    }
    const double wanted = memory_wanted(bytes);
    need("memory", memory_ == 0 || memory_ > wanted,
         fmt::format("{} of {} for models and workspace", bytes_text(wanted), bytes_text(memory_)));
    std::error_code error;
    const auto space = fs::space(nearest_existing(options_.text("RAPPEL_DATA_DIR")), error);
    constexpr double kLeastSpace = 1e9;
    if (!error)
      need("disk", static_cast<double>(space.available) > kLeastSpace,
           fmt::format("{} free for {}", bytes_text(static_cast<double>(space.available)),
                       options_.text("RAPPEL_DATA_DIR")));
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

  // As speed_with().
  Result<std::optional<double>> speed(const EngineSettings& settings, const std::string& words) {
    RAPPEL_TRY(next_step("measuring the speed with " + words));
    return speed_with(settings, hub_, *context_.logger);
  }

  Status choose_precision() {
    std::string words;
    double best = 0, exact = 0;
    std::string fastest = "auto";
    for (const char* precision : kPrecisions) {
      if (!may_recommend(precision, tuning_.platform)) continue;
      engines_.embedder.precision = precision;
      RAPPEL_ASSIGN(const auto measured, speed(engines_, precision));
      if (!measured) continue;
      if (exact == 0) exact = *measured;
      words += fmt::format("{}{} {:.0f} tokens/s", words.empty() ? "measured: " : ", ", precision, *measured);
      if (*measured > best * kWorthwhile) best = *measured, fastest = precision;
    }
    fact("speed", fmt::format("{:.1f}x float32's with {}", best / exact, fastest));
    recommend("EMBEDDING_PRECISION", fastest, words);
    if (reranks()) recommend("RERANK_PRECISION", fastest, "as the embedder, whose layers are the same");
    engines_.embedder.precision = fastest;
    if (reranks()) engines_.reranker->precision = fastest;
    return {};
  }

  // Else there is nothing to choose, or it is chosen already.
  bool chooses_threads() const {
    return read_cpu_info().usable_threads() >= 4 && options_.integer("RAPPEL_THREADS") == 0;
  }

  Status choose_threads() {
    const int all = read_cpu_info().usable_threads();
    EngineSettings fewer = engines_;
    fewer.machine.threads = all / 2;
    RAPPEL_ASSIGN(const auto whole, speed(engines_, fmt::format("{} threads", all)));
    RAPPEL_ASSIGN(const auto half, speed(fewer, fmt::format("{} threads", all / 2)));
    if (!whole || !half) return {};
    const std::string words =
        fmt::format("measured: {} threads {:.0f} tokens/s, {} threads {:.0f}", all, *whole, all / 2, *half);
    // 0 follows the machine, should it change.
    if (*half > *whole * kWorthwhile) engines_ = fewer;
    recommend("RAPPEL_THREADS", std::to_string(engines_.machine.threads), words);
    return {};
  }

  Status choose_candidates() {
    RAPPEL_TRY(next_step("loading the reranker"));
    RAPPEL_ASSIGN(const auto engines, Engines::load(engines_, hub_, *context_.logger));
    RAPPEL_TRY(next_step("measuring the time of a query"));
    RAPPEL_ASSIGN(const QueryCost cost, query_cost(engines->embedder(), *engines->reranker()));
    const auto budget = static_cast<double>(options_.integer("--latency-budget"));
    const int candidates = cost.candidates_within(budget);
    recommend(
        "RERANK_K", std::to_string(candidates),
        fmt::format("measured: {:.1f} ms for a query and {:.1f} ms for each passage, within {:.0f} ms{}",
                    cost.query_ms, cost.passage_ms, budget,
                    cost.total(candidates) > budget ? " as nearly as can be" : ""));
    return {};
  }

  const RunContext& context_;
  const Options& options_;
  HubSettings hub_;
  EngineSettings engines_;  // with what was chosen so far
  Tuning tuning_;
  std::stop_token stop_;
  TuningProgress progress_;
  std::size_t step_ = 0, steps_ = 0;
  double memory_ = 0;
  std::vector<std::pair<std::string, bool>> models_;  // and whether it is there
};

}  // namespace

Result<Tuning> tune_machine(const RunContext& context, const std::stop_token& stop,
                            const TuningProgress& progress) {
  return Tuner(context, stop, progress).run();
}
Tuning look_at_machine(const RunContext& context) { return Tuner(context, {}, {}).look(); }

// int8 keeps about a third of a float32 file, the word table stays in the file; 0.7 GB is for the longest
// text.
double memory_wanted(double model_bytes) { return model_bytes / 2 + 0.7e9; }

}  // namespace rappel
