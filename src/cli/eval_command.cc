// rappel eval: judged sets, answered in several modes and measured as trec_eval measures.
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "base/os/file.h"
#include "base/units.h"
#include "cli/command.h"
#include "cli/eval_output.h"
#include "cli/eval_workspace.h"
#include "cli/progress.h"
#include "cli/stop_signal.h"
#include "config/settings.h"
#include "eval/trec_files.h"
#include "tune/logged_set.h"

namespace rappel {
namespace {

namespace fs = std::filesystem;

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
      : context_(context), options_(context.options), workspace_(context) {}

  int run() {
    const Status started = prepare();
    if (!started.ok()) return context_.console.fail(kExitUsage, started);
    Status status;
    for (std::size_t i = 0; status.ok() && i < sets_.size(); ++i) {
      if (!variants_.empty()) status = answer(sets_[i], output_.sets[i]);
      if (status.ok()) status = compare(sets_[i].name);
    }
    return finish(status);
  }

 private:
  // Everything that can be wrong with files and options, before a model is loaded.
  Status prepare() {
    RAPPEL_TRY(choose());
    RAPPEL_TRY(check_folders());
    if (!options_.text("--from-log").empty()) RAPPEL_TRY(make_set());
    for (const std::string& folder : context_.arguments) {
      RAPPEL_TRY(open(folder));
      const JudgedSet& set = sets_.back();
      for (const std::string& file : files_) {
        RAPPEL_ASSIGN(const Run read, read_run(file));
        output_.report.results.push_back(
            {set.name, file, {}, file, evaluate(set.judgements, read), std::nullopt});
      }
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

  // Some requests take one set only.
  Status check_folders() const {
    if (context_.arguments.size() == 1) return {};
    if (!files_.empty())
      return Status(Code::kInvalidArgument, fmt::format("cannot score {} on {} sets: a run answers one set; "
                                                        "name one DIR",
                                                        files_[0], context_.arguments.size()));
    if (!options_.text("--from-log").empty())
      return Status(Code::kInvalidArgument, "--from-log makes one set; name one DIR, which it creates");
    return {};
  }

  Status make_set() {
    RAPPEL_ASSIGN(const auto questions, read_answer_log(options_.text("--from-log")));
    RAPPEL_ASSIGN(const auto store, workspace_.open_documents());
    const fs::path folder = context_.arguments[0];
    Progress progress(*context_.console.err, context_.console.err_is_terminal);
    const auto advance = [&](std::size_t done, std::size_t total) {
      progress.show_share("writing the documents of the store", static_cast<double>(done),
                          static_cast<double>(total));
    };
    RAPPEL_ASSIGN(const LoggedSet made, write_logged_set(questions, *store, folder, advance, stop_.token()));
    output_.written.push_back(fmt::format("set: {} ({}, {})", folder.string(),
                                          count_text(made.questions, "question"),
                                          count_text(made.documents, "document")));
    if (made.unknown > 0)
      note(fmt::format(
          "the store does not have {} of the log, for example '{}'; they were left out, and {} "
          "without another answer",
          count_text(made.unknown, "answer"), made.example, count_text(made.unanswered, "question")));
    return {};
  }

  Status open(const fs::path& folder) {
    const std::string& split = options_.text("--split");
    JudgedSet set{set_name(folder), {}, {}, {}};
    if (std::any_of(sets_.begin(), sets_.end(),
                    [&](const JudgedSet& other) { return other.name == set.name; }))
      return Status(
          Code::kInvalidArgument,
          fmt::format("two sets are named '{}'; rename a folder, or evaluate them one by one", set.name));
    SetCounts counts;
    if (variants_.empty()) {
      RAPPEL_ASSIGN(set.judgements, set_judgements(folder, split));
    } else {
      RAPPEL_ASSIGN(set, open_set(folder, split));
      RAPPEL_ASSIGN(counts.corpus, check_corpus(set.corpus));
    }
    counts.queries = set.judgements.size();
    output_.sets.push_back(std::move(counts));
    sets_.push_back(std::move(set));
    return {};
  }

  Status answer(const JudgedSet& set, SetCounts& counts) {
    const bool reranks = std::any_of(variants_.begin(), variants_.end(),
                                     [](const EvalVariant& variant) { return variant.mode->rerank; });
    RAPPEL_TRY(workspace_.open(set, counts.corpus, reranks));
    folders_.push_back(workspace_.folder());
    RAPPEL_ASSIGN(const ChunkOptions chunk, chunk_options(options_));
    const SetEvaluation evaluation{.set = set,
                                   .corpus = counts.corpus,
                                   .variants = variants_,
                                   .chunk = chunk,
                                   .same_ids = options_.boolean("--same-ids"),
                                   .folder = workspace_.folder(),
                                   .settings = answer_settings(options_)};
    SetOutcome outcome;
    const Status status = evaluate_set(workspace_.parts(), evaluation, events(set), stop_.token(), outcome);
    progress_.reset();
    counts.stored = outcome.stored;
    if (outcome.resumed > 0)
      note(count_text(outcome.resumed, "answer") + " are those of an evaluation that was not completed");
    for (std::string& sentence : outcome.notes) note(several() ? set.name + ": " + sentence : sentence);
    note_reranking(outcome.results);
    auto& results = output_.report.results;
    std::move(outcome.results.begin(), outcome.results.end(), std::back_inserter(results));
    return status;
  }

  EvalEvents events(const JudgedSet& set) {
    const std::string before =
        several() ? fmt::format("{} ({} of {}), ", set.name, folders_.size(), sets_.size()) : "";
    return {
        [this] { progress_.emplace(*context_.console.err, context_.console.err_is_terminal); },
        [this, before](const std::string& words, double done, double total) {
          progress_->show_share(before + words, done, total);
        },
        [this, &set](const EvalVariant& variant, const Run& run) { return write_run(set, variant, run); }};
  }

  bool several() const { return sets_.size() > 1; }

  void note(std::string sentence) { output_.report.notes.push_back(std::move(sentence)); }

  // The results are those of one set.
  void note_reranking(std::span<const EvalResult> results) {
    for (std::size_t i = 0; i < results.size(); ++i) {
      const EvalVariant& variant = variants_[i];
      if (!variant.mode->rerank) continue;
      for (std::size_t j = 0; j < results.size(); ++j) {
        if (variants_[j].mode->rerank || variants_[j].mode->search != variant.mode->search) continue;
        const EvalComparison found = compare_results(results[j], results[i], test_options());
        if (found.metrics[0].difference > 0) continue;
        note(fmt::format("reranking does not help {}: {} is {:.4f} with {} and {:.4f} with {} (p {:.3f})",
                         several() ? found.set : "this set", metrics()[0].name, found.means_b[0], found.b,
                         found.means_a[0], found.a, found.metrics[0].p));
      }
    }
  }

  PairedTestOptions test_options() const {
    return {.permutations = static_cast<std::size_t>(options_.integer("--permutations"))};
  }

  const EvalResult* result_of(const std::string& set, const std::string& label) const {
    const auto& results = output_.report.results;
    const auto found = std::find_if(results.begin(), results.end(), [&](const EvalResult& result) {
      return result.set == set && result.label == label;
    });
    return found == results.end() ? nullptr : &*found;
  }

  Status compare(const std::string& set) {
    for (std::size_t i = 0; i + 1 < compared().size(); i += 2) {
      const EvalResult* const a = result_of(set, compared()[i]);
      const EvalResult* const b = result_of(set, compared()[i + 1]);
      if (a == nullptr || b == nullptr) {
        std::vector<std::string> labels;
        for (const EvalResult& result : output_.report.results)
          if (result.set == set) labels.push_back("'" + result.label + "'");
        return Status(Code::kInvalidArgument,
                      fmt::format("cannot compare '{}': --set gives this mode several values; name one of {}",
                                  compared()[a == nullptr ? i : i + 1], fmt::join(labels, ", ")));
      }
      output_.report.comparisons.push_back(compare_results(*a, *b, test_options()));
    }
    return {};
  }

  // One set and mode: the file itself. Several: name-SET-MODE.extension, with what there are several of.
  Status write_run(const JudgedSet& set, const EvalVariant& variant, const Run& run) {
    if (options_.text("--run").empty()) return {};
    fs::path file = options_.text("--run");
    const std::string mode = without_spaces(variant.label);
    const std::string more = (several() ? "-" + set.name : "") + (variants_.size() > 1 ? "-" + mode : "");
    file.replace_filename(file.stem().string() + more + file.extension().string());
    RAPPEL_ASSIGN(const std::string text, run_text(run, mode));
    RAPPEL_TRY(write_file_atomic(file, text));
    output_.written.push_back("run: " + file.string());
    return {};
  }

  int finish(const Status& status) {
    Status drawn;
    const EvalReport& report = output_.report;
    if (const std::string& chart = options_.text("--chart"); !chart.empty() && !report.results.empty()) {
      drawn = write_file_atomic(chart, eval_chart(report.results));
      if (drawn.ok()) output_.written.push_back("chart: " + chart);
    }
    print_eval(output_, options_.boolean("--json"), !variants_.empty(), context_.console);
    if (!drawn.ok()) return context_.console.fail(kExitFailed, drawn);
    if (stop_.raised())
      return context_.console.fail(
          kExitFailed, {Code::kCancelled,
                        "stopped; documents that are stored and answers stay, and the same command goes on"});
    if (status.ok()) {
      for (const fs::path& folder : folders_) forget_answers(folder);
      return kExitOk;
    }
    const bool begun =
        !report.results.empty() || std::any_of(output_.sets.begin(), output_.sets.end(),
                                               [](const SetCounts& counts) { return counts.stored > 0; });
    return context_.console.fail(begun ? kExitFailed : kExitUsage, status);
  }

  CommandContext& context_;
  const Options& options_;
  std::vector<std::string> files_;  // of runs
  std::vector<EvalVariant> variants_;
  EvalWorkspace workspace_;
  std::vector<JudgedSet> sets_;
  std::vector<fs::path> folders_;  // of the stores that were opened
  EvalOutput output_;
  std::optional<Progress> progress_;
  StopRequest stop_;
};

}  // namespace

int run_eval(CommandContext& context) { return Evaluation(context).run(); }

}  // namespace rappel
