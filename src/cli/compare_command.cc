// rappel compare: times the replaced system's three workloads with the settings in force, with other
// settings, and with FlagEmbedding where --python names a Python that has it.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <ostream>

#include "base/os/cpu.h"
#include "base/units.h"
#include "cli/command.h"
#include "cli/progress.h"
#include "cli/stop_signal.h"
#include "config/settings.h"
#include "tune/compare_report.h"
#include "tune/flag_embedding.h"
#include "tune/load_watch.h"
#include "tune/measure.h"

namespace rappel {
namespace {

constexpr double kAlike = 0.97;    // cosine; int8 is allowed that much
constexpr double kFlagFactor = 6;  // how much slower FlagEmbedding is, for the progress line alone

std::vector<Workload> workloads(bool rerank, bool quick) {
  const auto repeats = [&](int runs) { return quick ? Repeats{1, std::max(2, runs / 3)} : Repeats{2, runs}; };
  std::vector<Workload> work{
      {"query_short", "single query", WorkKind::kQueries, {short_queries()[0]}, repeats(10)},
      {"documents_20", "20 documents", WorkKind::kDocuments, sentences(20, TextLength::kMedium), repeats(5)}};
  if (rerank)
    work.push_back(
        {"rerank_5", "rerank 5 passages", WorkKind::kRerank, sentences(5, TextLength::kLong), repeats(10)});
  return work;
}

class Compare {
 public:
  explicit Compare(CommandContext& context)
      : context_(context),
        options_(context.options),
        hub_(hub_settings_of(context)),
        settings_(engine_settings(options_)),
        work_(workloads(settings_.reranker.has_value(), options_.boolean("--quick"))),
        progress_(*context.console.err, context.console.err_is_terminal) {}

  int run() {
    for (const Workload& work : work_) {
      found_.keys.push_back(work.key);
      found_.names.push_back(work.name);
      found_.items.push_back(static_cast<double>(work.texts.size()));
    }
    found_.precision = settings_.embedder.precision;
    timed_.push_back({{RivalKind::kInForce, "settings in force"}, settings_});
    if (const Status status = time(timed_[0]); !status.ok()) {
      progress_.clear();
      return context_.console.fail(kExitUsage, status);
    }
    plan();
    // Forwards and backwards, so that a machine that slows down meanwhile does not favour the first ones.
    for (std::size_t i = 1; i < timed_.size(); ++i) time_or_say(timed_[i]);
    if (!python().empty() && !stop_.raised()) flag_embedding();
    for (std::size_t i = timed_.size(); i-- > 0;) time_or_say(timed_[i]);
    progress_.clear();
    return report();
  }

 private:
  struct Timed {
    Rival rival;
    EngineSettings settings;
    std::vector<std::vector<double>> ms = {};  // of each workload
    bool same = false;                         // the settings in force are the same, because they say auto
  };

  const std::string& python() const { return options_.text("--python"); }

  // One half of the runs; the other half is made on the way back.
  static Workload half(Workload work) {
    work.repeats.runs = (work.repeats.runs + 1) / 2;
    return work;
  }

  double cost() const {
    double all = 0;
    for (const Workload& work : work_) all += half(work).total_cost();
    return all;
  }

  void time_or_say(Timed& timed) {
    if (stop_.raised() || timed.same || !timed.rival.trouble.empty()) return;
    if (const Status status = time(timed); !status.ok()) timed.rival.trouble = status.to_string();
  }

  Status time(Timed& timed) {
    Rival& rival = timed.rival;
    progress_.show_share(rival.name + ": loading", done_, total_);
    RAPPEL_ASSIGN(const auto engines, Engines::load(timed.settings, hub_, *context_.logger));
    RAPPEL_ASSIGN(const Answers answers, answers_of(*engines));
    if (rival.kind == RivalKind::kInForce) look_at(*engines, answers);
    if (rival.kind == RivalKind::kPrecision && answers == answers_) {
      timed.same = true;
      total_ -= 2 * cost();
      return {};
    }
    timed.ms.resize(work_.size());
    for (std::size_t i = 0; i < work_.size(); ++i) {
      load_.begin();
      RAPPEL_ASSIGN(const Measured measured, measure(*engines, half(work_[i]), stop_.token(), [&] {
                      done_ += work_[i].cost();
                      progress_.show_share(rival.name + ": " + work_[i].name, done_, total_);
                    }));
      if (std::string busy = load_.end(engines->busy_threads()); !busy.empty()) found_.busy = std::move(busy);
      timed.ms[i].insert(timed.ms[i].end(), measured.ms.begin(), measured.ms.end());
    }
    return {};
  }

  // Keeps the answers that every rival is compared with.
  void look_at(Engines& engines, const Answers& answers) {
    found_.device = engines.embedder().health().device;
    found_.on_gpu = !found_.device.starts_with("cpu") && !found_.device.starts_with("reference");
    threads_ = engines.threads();
    answers_ = answers;
  }

  void plan() {
    const auto add = [&](RivalKind kind, std::string name, std::string would_set, auto apply) {
      Timed one{{kind, std::move(name), std::move(would_set)}, settings_};
      apply(one.settings);
      timed_.push_back(std::move(one));
    };
    const bool rerank = settings_.reranker.has_value();
    const auto set = [&](const std::string& what, const std::string& value) {
      return fmt::format("EMBEDDING_{0}={1}{2}", what, value,
                         rerank ? fmt::format(" RERANK_{}={}", what, value) : "");
    };
    for (const std::string& device : built_devices()) {
      if (found_.device.starts_with(device)) continue;
      add(RivalKind::kDevice, device, set("DEVICE", device) + auto_precision(),
          [&](EngineSettings& settings) { settings = on_device(settings, device); });
    }
    for (const std::string precision : kPrecisions) {
      const bool same = settings_.embedder.precision == precision &&
                        (!rerank || settings_.reranker->precision == precision);
      if (same) continue;
      add(RivalKind::kPrecision, precision, set("PRECISION", precision), [&](EngineSettings& settings) {
        settings.embedder.precision = precision;
        if (rerank) settings.reranker->precision = precision;
      });
    }
    if (!found_.on_gpu) plan_threads(add);
    total_ = cost() * (2 * static_cast<double>(timed_.size()) + (python().empty() ? 0 : kFlagFactor));
  }

  // The settings that make the precision auto where it is not, with a leading space.
  std::string auto_precision() const {
    std::string set;
    if (settings_.embedder.precision != "auto") set += " EMBEDDING_PRECISION=auto";
    // EMBEDDING_FP16=true would make half of it again.
    if (options_.given("EMBEDDING_FP16") && options_.boolean("EMBEDDING_FP16"))
      set += " EMBEDDING_FP16=false";
    if (settings_.reranker && settings_.reranker->precision != "auto") set += " RERANK_PRECISION=auto";
    return set;
  }

  template <class Add>
  void plan_threads(const Add& add) {
    const int usable = read_cpu_info().usable_threads();
    std::vector<int> counts{usable, threads_ / 2, 1};
    std::sort(counts.rbegin(), counts.rend());
    counts.erase(std::unique(counts.begin(), counts.end()), counts.end());
    for (const int count : counts)
      if (count > 0 && count != threads_)
        add(RivalKind::kThreads, count_text(static_cast<std::uint64_t>(count), "thread"),
            fmt::format("RAPPEL_THREADS={}", count),
            [&](EngineSettings& settings) { settings.machine.threads = count; });
  }

  void flag_embedding() {
    Rival& rival = flag_.emplace();
    rival.kind = RivalKind::kFlagEmbedding;
    rival.name = "FlagEmbedding";
    FlagEmbeddingAnswer answer;
    const Status status = ask(answer);
    if (!answer.versions.empty())
      rival.details = fmt::format("{}, {}", answer.versions,
                                  count_text(static_cast<std::uint64_t>(answer.threads), "thread"));
    for (const auto& timed : answer.timed) {
      rival.ms.push_back(describe(timed.ms));
      if (timed.key == "query_short") found_.agreement = same_vector(timed.answer);
      if (timed.key == "rerank_5") found_.agreement += "; " + same_scores(timed.answer);
    }
    if (!status.ok()) rival.trouble = status.to_string();
  }

  Status ask(FlagEmbeddingAnswer& answer) {
    FlagEmbeddingRequest request{python(), "", "", torch_device(), work_, context_.environment};
    RAPPEL_ASSIGN(const auto embedder, resolve_model(settings_.embedder.name, hub_));
    request.embedder_folder = embedder.string();
    if (settings_.reranker) {
      RAPPEL_ASSIGN(const auto reranker, resolve_model(settings_.reranker->name, hub_));
      request.reranker_folder = reranker.string();
    }
    FlagEmbeddingEvents events;
    events.waiting = [&] { progress_.show_share("FlagEmbedding", done_, total_); };
    events.ran = [&](const std::string& key) {
      for (const Workload& work : work_)
        if (work.key == key) done_ += kFlagFactor * work.cost();
    };
    return run_flag_embedding(request, events, stop_.token(), answer);
  }

  // The device in force by its name in torch: "cpu", "mps", "cuda:0".
  std::string torch_device() const {
    const std::string name = found_.device.substr(0, found_.device.find(": "));
    return name == "cuda" ? "cuda:0" : found_.on_gpu ? name : "cpu";
  }

  std::string same_vector(const std::vector<double>& theirs) const {
    if (theirs.size() != answers_.vector.size())
      return fmt::format("its vector has {} numbers, not {}: this is other work", theirs.size(),
                         answers_.vector.size());
    double dot = 0, squares = 0;
    for (std::size_t i = 0; i < theirs.size(); ++i)
      dot += theirs[i] * answers_.vector[i], squares += theirs[i] * theirs[i];
    const double cosine = squares > 0 ? dot / std::sqrt(squares) : 0;
    return fmt::format("cosine of its vector with rappel's {:.4f}{}", cosine,
                       cosine < kAlike ? ": this is other work" : "");
  }

  std::string same_scores(const std::vector<double>& theirs) const {
    if (theirs.size() != answers_.scores.size()) return "its scores are of another number";
    double worst = 0;
    for (std::size_t i = 0; i < theirs.size(); ++i)
      worst = std::max(worst, std::abs(theirs[i] - answers_.scores[i]));
    return fmt::format("scores within {:.4f} of rappel's", worst);
  }

  // FlagEmbedding after the settings in force, then the others in the order in which they were planned.
  void collect() {
    for (Timed& timed : timed_) {
      Rival& rival = timed.rival;
      if (timed.same) {
        found_.rivals[0].details = found_.precision = rival.name;
        continue;
      }
      for (const std::vector<double>& ms : timed.ms) rival.ms.push_back(describe(ms));
      const bool nothing = timed.ms.empty() || timed.ms[0].empty();
      if (nothing) rival.ms.clear();
      if (nothing && stop_.raised()) rival.trouble = "stopped";
      found_.rivals.push_back(std::move(rival));
      if (flag_ && found_.rivals.size() == 1) found_.rivals.push_back(*flag_);
    }
  }

  int report() {
    collect();
    std::ostream& out = *context_.console.out;
    if (options_.boolean("--json")) {
      out << dump_json(comparison_json(found_)) << "\n";
    } else {
      out << fmt::format("{}; {}{}\n\n", found_.device, settings_.embedder.name,
                         settings_.reranker ? ", " + settings_.reranker->name
                                            : "; nothing is reranked (RERANK_ENABLE=false)");
      out << context_.console.out_style.fitted(comparison_text(found_), 0);
    }
    out.flush();
    if (stop_.raised())
      return context_.console.fail(kExitFailed,
                                   {Code::kCancelled, "stopped; the times before that are above"});
    if (flag_ && !flag_->trouble.empty())
      return context_.console.fail(
          kExitFailed, {Code::kFailedPrecondition, "cannot time FlagEmbedding to the end: see above"});
    return kExitOk;
  }

  CommandContext& context_;
  const Options& options_;
  HubSettings hub_;
  EngineSettings settings_;
  std::vector<Workload> work_;
  StopRequest stop_;
  Progress progress_;
  LoadWatch load_;
  Comparison found_;
  std::vector<Timed> timed_;  // the settings in force first
  std::optional<Rival> flag_;
  int threads_ = 0;
  Answers answers_;              // in force
  double done_ = 0, total_ = 0;  // in Workload::cost()
};

}  // namespace

int run_compare(CommandContext& context) { return Compare(context).run(); }

}  // namespace rappel
