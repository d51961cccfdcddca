// rappel tune: settings of retrieval by the judged questions of a user.
#include <fmt/format.h>

#include <filesystem>
#include <optional>
#include <ostream>
#include <utility>

#include "base/os/file.h"
#include "cli/command.h"
#include "cli/eval_workspace.h"
#include "cli/progress.h"
#include "cli/settings_backup.h"
#include "cli/stop_signal.h"
#include "cli/tune_output.h"
#include "config/settings.h"
#include "config/settings_file.h"
#include "config/version.h"

namespace rappel {
namespace {

namespace fs = std::filesystem;

class Tune {
 public:
  explicit Tune(CommandContext& context)
      : context_(context), options_(context.options), workspace_(context) {}

  int run() {
    const Status started = prepare();
    if (!started.ok()) return context_.console.fail(kExitUsage, started);
    Status status = tune();
    progress_.reset();
    if (stop_.raised())
      return context_.console.fail(kExitFailed,
                                   {Code::kCancelled, "stopped; documents that are stored stay"});
    if (!status.ok()) return context_.console.fail(kExitFailed, status);
    print_tuning(output_, context_);
    status = write(tuned_settings(output_.tuning));
    return status.ok() ? kExitOk : context_.console.fail(kExitFailed, status);
  }

 private:
  // Everything that can be wrong with files and options, before a model is loaded.
  Status prepare() {
    RAPPEL_ASSIGN(set_, open_set(context_.arguments[0], options_.text("--split")));
    RAPPEL_TRY(enough_questions(set_));
    RAPPEL_ASSIGN(corpus_, check_corpus(set_.corpus));
    return {};
  }

  Status tune() {
    const bool reranks = options_.boolean("RERANK_ENABLE");
    RAPPEL_TRY(workspace_.open(set_, corpus_, reranks));
    RAPPEL_TRY(store());
    TuningQuestions questions{
        .set = set_, .same_ids = options_.boolean("--same-ids"), .options = {}, .validation = {}};
    set_ranking_options(options_, questions.options);
    questions.options.mode = find_mode(options_.text("RETRIEVAL_MODE")).value_or(SearchMode::kHybrid);
    questions.validation.test.permutations = static_cast<std::size_t>(options_.integer("--permutations"));
    begin_phase();
    RAPPEL_ASSIGN(output_.tuning, tune_retrieval(
                                      workspace_.parts(), questions,
                                      [this](const std::string& step, double done, double total) {
                                        progress_->show_share("trying " + step, done, total);
                                      },
                                      stop_.token()));
    if (!output_.tuning.weights)
      output_.notes.push_back("RETRIEVAL_MODE=" + options_.text("RETRIEVAL_MODE") +
                              " has no weights; they stay as they are");
    return {};
  }

  Status store() {
    RAPPEL_ASSIGN(const ChunkOptions chunk, chunk_options(options_));
    const SetEvaluation corpus{.set = set_,
                               .corpus = corpus_,
                               .variants = {},
                               .chunk = chunk,
                               .folder = workspace_.folder(),
                               .settings = answer_settings(options_)};
    const EvalEvents events{[this] { begin_phase(); },
                            [this](const std::string& words, double done, double total) {
                              progress_->show_share(words, done, total);
                            },
                            [](const EvalVariant&, const Run&) { return Status(); }};
    SetOutcome outcome;
    RAPPEL_TRY(evaluate_set(workspace_.parts(), corpus, events, stop_.token(), outcome));
    output_.set = set_.name;
    output_.queries = set_.queries.size();
    output_.documents = corpus_.documents;
    output_.stored = outcome.stored;
    output_.notes = std::move(outcome.notes);
    return {};
  }

  void begin_phase() { progress_.emplace(*context_.console.err, context_.console.err_is_terminal); }

  // Changes the settings file with --write, and says how to do so without.
  Status write(const std::vector<Setting>& settings) {
    if (settings.empty()) return {};
    // With --json the standard output is the object alone.
    std::ostream& out = options_.boolean("--json") ? *context_.console.err : *context_.console.out;
    const fs::path file = options_.text("RAPPEL_ENV_FILE");
    if (!options_.boolean("--write")) {
      out << "--write changes " << file.string() << "; nothing was written\n";
      return {};
    }
    std::string before;
    if (std::error_code error; fs::exists(file, error)) {
      RAPPEL_ASSIGN(before, read_file(file, kMaxSettingsFile));
    }
    const EnvMerge merge = merge_env(before, settings, fmt::format("by rappel {} tune", kVersion));
    RAPPEL_ASSIGN(const fs::path backup, replace_settings_file(file, merge.content));
    out << file.string() << "\n" << describe_changes(merge);
    if (!backup.empty()) out << "The old one is kept as " << backup.string() << ". ";
    out << "Restart the server, which reads the settings when it starts.\n";
    for (const Setting& setting : settings)
      if (const Origin origin = options_.value(setting.key).origin;
          origin == Origin::kEnvironment || origin == Origin::kFlag)
        out << "note: " << options_.value(setting.key).where << " goes before this file\n";
    return {};
  }

  CommandContext& context_;
  const Options& options_;
  EvalWorkspace workspace_;
  JudgedSet set_;
  CorpusSummary corpus_;
  TuneOutput output_;
  std::optional<Progress> progress_;
  StopRequest stop_;
};

}  // namespace

int run_tune(CommandContext& context) { return Tune(context).run(); }

}  // namespace rappel
