// rappel eval: a judged set, answered in several modes and measured as trec_eval measures.
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <optional>
#include <ostream>
#include <string_view>
#include <utility>
#include <vector>

#include "base/os/file.h"
#include "base/units.h"
#include "cli/command.h"
#include "cli/progress.h"
#include "cli/stop_signal.h"
#include "config/settings.h"
#include "eval/beir_set.h"
#include "eval/report.h"
#include "eval/trec_files.h"
#include "tune/eval_corpus.h"
#include "tune/eval_modes.h"
#include "tune/eval_questions.h"
#include "wiring/parts.h"

namespace rappel {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kIdsAtOnce = 256;

bool names_mode(const std::string& name) {
  const std::string_view mode = std::string_view(name).substr(0, name.find(' '));
  const auto modes = eval_modes();
  return std::any_of(modes.begin(), modes.end(), [&](const EvalMode& one) { return one.name == mode; });
}

// "dense+rerank_RERANK_K=20"
std::string without_spaces(std::string label) {
  std::replace(label.begin(), label.end(), ' ', '_');
  return label;
}

class Evaluation {
 public:
  explicit Evaluation(CommandContext& context)
      : context_(context), options_(context.options), folder_(context.arguments[0]) {}

  int run() {
    const Status started = prepare();
    if (!started.ok()) return context_.console.fail(kExitUsage, started);
    Status status = variants_.empty() ? Status() : answer();
    if (status.ok()) status = compare();
    return finish(status);
  }

 private:
  // Everything that can be wrong with files and options, before a model is loaded.
  Status prepare() {
    RAPPEL_TRY(choose());
    if (variants_.empty()) {
      set_.name = set_name(folder_);
      RAPPEL_ASSIGN(set_.judgements, set_judgements(folder_, options_.text("--split")));
    } else {
      RAPPEL_ASSIGN(set_, open_set(folder_, options_.text("--split")));
      RAPPEL_ASSIGN(corpus_, check_corpus(set_.corpus));
    }
    for (const std::string& file : files_) {
      RAPPEL_ASSIGN(const Run read, read_run(file));
      report_.results.push_back({set_.name, file, {}, file, evaluate(set_.judgements, read), std::nullopt});
    }
    return {};
  }

  // The modes and the files of runs that are asked for.
  Status choose() {
    EvalRequest request{options_.items("--modes"), options_.items("--set")};
    files_ = options_.items("--score");
    const bool all_modes = request.modes.empty() && files_.empty() && compared().empty();
    for (const std::string& name : compared()) {
      if (names_mode(name))
        request.modes.push_back(name.substr(0, name.find(' ')));
      else if (std::find(files_.begin(), files_.end(), name) == files_.end())
        files_.push_back(name);
    }
    if (!all_modes && request.modes.empty()) return {};
    RAPPEL_ASSIGN(variants_, eval_variants(options_, request));
    return {};
  }

  const std::vector<std::string>& compared() const { return options_.items("--compare"); }

  Status answer() {
    RAPPEL_TRY(load());
    RAPPEL_TRY(fill());
    RAPPEL_TRY(note_missing());
    Progress progress(*context_.console.err, context_.console.err_is_terminal);
    const double total = static_cast<double>(variants_.size() * set_.queries.size());
    double done = 0;
    for (const EvalVariant& variant : variants_) {
      const QueryParts parts{*parts_.store,   *parts_.embedder, parts_.reranker.get(),
                             variant.options, context_.logger,  variant.signals};
      RAPPEL_ASSIGN(auto answers, ask_eval_questions(
                                      parts, {set_.queries, options_.boolean("--same-ids")},
                                      [&](std::size_t asked) {
                                        progress.show_share("asking in mode " + variant.label,
                                                            done + static_cast<double>(asked), total);
                                      },
                                      stop_.token()));
      done += static_cast<double>(set_.queries.size());
      report_.results.push_back({set_.name, std::string(variant.mode->name), variant.settings, variant.label,
                                 evaluate(set_.judgements, answers.run), latency_of(std::move(answers.ms))});
      RAPPEL_TRY(write_run(variant, answers.run));
    }
    note_reranking();
    return {};
  }

  Status load() {
    runtime_.emplace(runtime_settings(options_), hub_settings_of(context_), *context_.logger);
    PartsSettings settings{.embedding = embedder_settings(options_), .warm_up = true};
    RAPPEL_ASSIGN(const OpenedModel model, runtime_->open_model(settings.embedding, ModelPart::kEmbedder));
    if (std::any_of(variants_.begin(), variants_.end(),
                    [](const EvalVariant& variant) { return variant.mode->rerank; }))
      settings.reranking = reranker_settings(options_);
    const fs::path folder =
        eval_store_folder(local_folder(options_) / "eval", set_.name, corpus_, model.identity(), options_);
    RAPPEL_ASSIGN(settings.store, store_in(folder, store_settings(context_)));
    RAPPEL_ASSIGN(parts_, load_parts(*runtime_, settings));
    return {};
  }

  Status fill() {
    RetrievalOptions options;
    RAPPEL_ASSIGN(options.chunk, chunk_options(options_));
    Retrieval retrieval(*parts_.store, *parts_.embedder, nullptr, options, context_.logger);
    Progress progress(*context_.console.err, context_.console.err_is_terminal);
    RAPPEL_ASSIGN(const StoredCorpus stored, fill_eval_store(
                                                 set_.corpus, *parts_.store, retrieval,
                                                 [&](std::size_t done) {
                                                   progress.show_share(
                                                       "storing " + count_text(corpus_.documents, "document"),
                                                       static_cast<double>(done),
                                                       static_cast<double>(corpus_.documents));
                                                 },
                                                 stop_.token()));
    stored_ = stored.stored;
    if (stored.empty > 0)
      note(count_text(stored.empty, "document") +
           " of the corpus cannot be found, because the text is empty or not longer than "
           "MIN_CHUNK_LENGTH_TO_EMBED");
    return {};
  }

  // Judgements of another corpus would make every result look bad.
  Status note_missing() {
    std::vector<std::string> ids;
    for (const auto& [query, judged] : set_.judgements)
      for (const auto& [document, relevance] : judged)
        if (relevance > 0) ids.push_back(document);
    std::sort(ids.begin(), ids.end());
    ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
    std::size_t found = 0;
    for (std::size_t begin = 0; begin < ids.size(); begin += kIdsAtOnce) {
      const auto part = std::span(ids).subspan(begin, std::min(kIdsAtOnce, ids.size() - begin));
      RAPPEL_ASSIGN(const auto documents, parts_.store->get(part));
      found += documents.size();
    }
    if (found < ids.size())
      note(fmt::format("{} of {} are not in the corpus, and count as not found", ids.size() - found,
                       count_text(ids.size(), "relevant document")));
    return {};
  }

  void note(std::string sentence) { report_.notes.push_back(std::move(sentence)); }

  void note_reranking() {
    for (const EvalVariant& variant : variants_) {
      const auto without = std::find_if(variants_.begin(), variants_.end(), [&](const EvalVariant& other) {
        return !other.mode->rerank && other.mode->signals == variant.mode->signals;
      });
      if (!variant.mode->rerank || without == variants_.end()) continue;
      const EvalComparison found =
          compare_results(*result_of(without->label), *result_of(variant.label), test_options());
      if (found.metrics[0].difference <= 0)
        note(fmt::format(
            "reranking does not help this set: {} is {:.4f} with {} and {:.4f} with {} (p {:.3f})",
            metrics()[0].name, found.means_b[0], found.b, found.means_a[0], found.a, found.metrics[0].p));
    }
  }

  PairedTestOptions test_options() const {
    return {.permutations = static_cast<std::size_t>(options_.integer("--permutations"))};
  }

  const EvalResult* result_of(const std::string& name) const {
    const auto found = std::find_if(report_.results.begin(), report_.results.end(),
                                    [&](const EvalResult& result) { return result.label == name; });
    return found == report_.results.end() ? nullptr : &*found;
  }

  Status compare() {
    for (std::size_t i = 0; i + 1 < compared().size(); i += 2) {
      const EvalResult* const a = result_of(compared()[i]);
      const EvalResult* const b = result_of(compared()[i + 1]);
      if (a == nullptr || b == nullptr) {
        std::vector<std::string> labels;
        for (const EvalResult& result : report_.results) labels.push_back("'" + result.label + "'");
        return Status(Code::kInvalidArgument,
                      fmt::format("cannot compare '{}': --set gives this mode several values; name one of {}",
                                  compared()[a == nullptr ? i : i + 1], fmt::join(labels, ", ")));
      }
      report_.comparisons.push_back(compare_results(*a, *b, test_options()));
    }
    return {};
  }

  // One mode: the file itself. Several: name-MODE.extension.
  Status write_run(const EvalVariant& variant, const Run& run) {
    if (options_.text("--run").empty()) return {};
    fs::path file = options_.text("--run");
    const std::string name = without_spaces(variant.label);
    if (variants_.size() > 1)
      file.replace_filename(file.stem().string() + "-" + name + file.extension().string());
    RAPPEL_ASSIGN(const std::string text, run_text(run, name));
    RAPPEL_TRY(write_file_atomic(file, text));
    written_.push_back("run: " + file.string());
    return {};
  }

  int finish(const Status& status) {
    int code = kExitOk;
    Status drawn;
    if (const std::string& chart = options_.text("--chart"); !chart.empty() && !report_.results.empty()) {
      drawn = write_file_atomic(chart, eval_chart(report_.results));
      if (drawn.ok()) written_.push_back("chart: " + chart);
    }
    print();
    if (!drawn.ok()) code = context_.console.fail(kExitFailed, drawn);
    if (stop_.raised())
      return context_.console.fail(
          kExitFailed,
          {Code::kCancelled, "stopped; documents that are stored stay, and the same command goes on"});
    if (status.ok()) return code;
    const bool begun = !report_.results.empty() || stored_ > 0;
    return context_.console.fail(begun ? kExitFailed : kExitUsage, status);
  }

  void print() {
    std::ostream& out = *context_.console.out;
    if (options_.boolean("--json")) {
      out << dump_json(eval_json(report_)) << "\n" << std::flush;
      return;
    }
    const Terminal& style = context_.console.out_style;
    if (report_.results.empty()) return;
    out << fmt::format("{}: {}", set_.name,
                       count_text(set_.judgements.size(), "judged query", "judged queries"));
    if (!variants_.empty())
      out << fmt::format(", {} ({} stored by this run)", count_text(corpus_.documents, "document"), stored_);
    out << "\n\n" << eval_table(report_.results);
    for (const EvalComparison& comparison : report_.comparisons) out << "\n" << comparison_table(comparison);
    if (!report_.notes.empty() || !written_.empty()) out << "\n";
    for (const std::string& sentence : report_.notes) out << style.fitted(sentence, 0) << "\n";
    for (const std::string& line : written_) out << line << "\n";
    out << std::flush;
  }

  CommandContext& context_;
  const Options& options_;
  const fs::path folder_;
  std::vector<std::string> files_;  // of runs
  std::vector<EvalVariant> variants_;
  JudgedSet set_;
  CorpusSummary corpus_;
  std::optional<Runtime> runtime_;  // for modes; runs of files need none
  Parts parts_;
  std::size_t stored_ = 0;
  EvalReport report_;
  std::vector<std::string> written_;
  StopRequest stop_;
};

}  // namespace

int run_eval(CommandContext& context) { return Evaluation(context).run(); }

}  // namespace rappel
