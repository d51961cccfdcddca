// rappel setup: applies the settings of .env.optimized, or measures them, in the settings file. Every other
// line of the file stays. Then it checks that rappel works with the new file, or restores the old one.
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <ostream>
#include <set>

#include "base/os/file.h"
#include "cli/args.h"
#include "cli/command.h"
#include "cli/optimized_file.h"
#include "cli/program.h"
#include "cli/settings_backup.h"
#include "cli/tuning_progress.h"
#include "config/dotenv.h"
#include "config/env_merge.h"
#include "config/other_variables.h"
#include "config/settings_file.h"
#include "config/settings_report.h"
#include "config/version.h"
#include "tune/lowered.h"
#include "tune/turns.h"
#include "wiring/runtime.h"

namespace rappel {
namespace {

namespace fs = std::filesystem;

constexpr char kReplaced[] = ".replaced";

bool is_known_variable(std::string_view name) {
  const auto table = option_table();
  return ignored_variable(name) != nullptr || std::any_of(table.begin(), table.end(), [&](const auto& spec) {
           return names_variable(spec, name);
         });
}

std::string suggestion(std::string_view name) {
  std::vector<std::string> known;
  for (const OptionSpec& spec : option_table())
    if (*spec.variable) known.emplace_back(spec.variable);
  const std::string nearest = nearest_word(name, known);
  return nearest.empty() ? "" : "; did you mean " + nearest + "?";
}

// The settings to write, and the reasons.
struct Proposal {
  std::vector<Setting> settings;
  std::string platform;
};

class Setup {
 public:
  explicit Setup(CommandContext& context)
      : context_(context),
        out_(*context.console.out),
        file_(context.options.text("RAPPEL_ENV_FILE")),
        target_(settings_target(file_)) {}

  Status restore() {
    const int next = next_number(file_, kSettingsBackup);
    if (next == 0)
      return Status(Code::kNotFound,
                    fmt::format("there is no backup of {} to restore; `rappel setup` makes one before it "
                                "changes the file",
                                file_.string()));
    const fs::path backup = numbered(file_, kSettingsBackup, next - 1);
    RAPPEL_ASSIGN(const std::string content, read_file(backup, kMaxSettingsFile));
    if (dry_run()) {
      out_ << "would restore " << file_.string() << " from " << backup.string() << "\n";
      return {};
    }
    // Edits since the last setup are worth keeping too.
    if (const auto present = read_file(file_, kMaxSettingsFile); present.ok() && *present != content) {
      const fs::path replaced = numbered(file_, kReplaced, next_number(file_, kReplaced));
      RAPPEL_TRY(write_file_atomic(replaced, *present, true));
      out_ << "kept the present " << file_.string() << " as " << replaced.string() << "\n";
    }
    RAPPEL_TRY(write_file_atomic(target_, content, true));
    std::error_code ignored;
    fs::remove(backup, ignored);
    out_ << "restored " << file_.string() << " from " << backup.string() << "\n";
    return {};
  }

  Status run() {
    std::error_code error;
    existed_ = fs::exists(file_, error);
    if (existed_) {
      RAPPEL_ASSIGN(before_, read_file(file_, kMaxSettingsFile));
    }
    RAPPEL_ASSIGN(const Proposal proposal, propose());
    const EnvMerge merge = merge_env(before_, proposal.settings,
                                     fmt::format("by rappel {} setup, for {}", kVersion, proposal.platform));
    describe(merge, proposal);
    RAPPEL_TRY(serve_accepts(merge.content));
    if (dry_run()) {
      out_ << "--dry-run: nothing was written\n";
      return {};
    }
    RAPPEL_TRY(write(merge.content));
    return check(merge.content);
  }

 private:
  bool dry_run() const { return context_.options.boolean("--dry-run"); }

  // From .env.optimized when it is there, else from a measurement.
  Result<Proposal> propose() {
    const fs::path optimized = optimized_file_of(file_);
    std::error_code error;
    if (fs::exists(optimized, error) && !context_.options.boolean("--remeasure")) {
      RAPPEL_ASSIGN(const std::string text, read_file(optimized, kMaxSettingsFile));
      const auto parsed = parse_optimized(text);
      if (!parsed.ok())
        return parsed.status().with_context("cannot apply " + optimized.string() +
                                            " (--remeasure ignores it)");
      out_ << fmt::format("1/4 applying {}, {}; --remeasure measures again\n", optimized.string(),
                          parsed->words());
      RAPPEL_TRY(requirements(look_at_machine(context_)));
      return Proposal{parsed->settings, parsed->platform};
    }
    out_ << "1/4 looking at the machine, up to a minute\n" << std::flush;
    RAPPEL_ASSIGN(const Tuning tuning, tune_with_progress(context_));
    if (tuning.stopped) return Status(Code::kCancelled, "stopped; nothing was changed");
    RAPPEL_TRY(requirements(tuning));
    if (!tuning.busy.empty()) out_ << "note: " << not_measured(tuning.busy) << "\n";
    Proposal proposal{{}, tuning.platform};
    for (const Recommendation& one : tuning.settings) proposal.settings.push_back({one.key, one.value});
    return proposal;
  }

  Status requirements(const Tuning& tuning) {
    bool ready = true;
    for (const Requirement& need : tuning.requirements) {
      if (need.missing()) out_ << fmt::format("    missing: {}: {}\n", need.name, need.words);
      ready &= !need.missing();
    }
    return ready ? Status()
                 : Status(Code::kFailedPrecondition, "nothing was changed: get what is missing first");
  }

  void describe(const EnvMerge& merge, const Proposal& proposal) {
    out_ << "2/4 " << file_.string() << "\n" << describe_changes(merge);
    for (const EnvChange& change : merge.changes)
      if (const std::string cost =
              change.before ? lowered_words(change.key, *change.before, change.after) : "";
          !cost.empty())
        out_ << "note: " << cost << "\n";
    for (const Setting& setting : proposal.settings)
      if (!is_known_variable(setting.key))
        out_ << fmt::format("note: rappel has no setting {}{}\n", setting.key, suggestion(setting.key));
    for (const Setting& setting : proposal.settings)
      if (const auto it = context_.environment.find(setting.key);
          it != context_.environment.end() && !it->second.empty() && it->second != setting.value)
        out_ << fmt::format("note: {}={} in the environment goes before this file\n", setting.key,
                            it->second);
  }

  // The check below runs with models and does not have all of serve's settings. Reasons for which serve
  // refused before are not this proposal's fault.
  Status serve_accepts(const std::string& content) const {
    const auto reasons = [&](const std::string& text) {
      const EnvFile file = parse_env_file(text, context_.environment);
      return reasons_against_serving(OptionSources{
          {}, context_.environment, file.entries, file_.string(), built_devices(), best_device()});
    };
    std::set<std::string> known;
    for (const Status& reason : reasons(before_)) known.insert(reason.message());
    for (const Status& reason : reasons(content))
      if (!known.contains(reason.message()))
        return Status(reason.code(), "nothing was changed: `rappel serve` would refuse " + reason.message());
    return {};
  }

  Status write(const std::string& content) {
    if (content == before_) {
      out_ << "3/4 nothing to write\n";
      return {};
    }
    RAPPEL_ASSIGN(backup_, replace_settings_file(file_, content));
    if (existed_)
      out_ << "3/4 the old one is kept as " << backup_.string() << "\n";
    else
      out_ << "3/4 there was none before\n";
    return {};
  }

  Status check(const std::string& content) {
    out_ << "4/4 checking\n" << std::flush;
    if (run_program({"check", "--env-file", file_.string()}, context_.environment, context_.console) ==
        kExitOk) {
      out_ << "done; restart the server, which reads the settings when it starts; `rappel bench` measures, "
              "`rappel "
              "setup --restore` restores the old settings\n";
      return {};
    }
    if (content == before_)
      return Status(Code::kFailedPrecondition, "the check failed; the settings are as they were");
    std::error_code ignored;
    if (existed_) {
      RAPPEL_TRY(write_file_atomic(target_, before_, true));
      fs::remove(backup_, ignored);
    } else {
      fs::remove(file_, ignored);
    }
    return Status(Code::kFailedPrecondition, "the check failed, so the old settings are back");
  }

  CommandContext& context_;
  std::ostream& out_;
  fs::path file_, target_, backup_;  // target_: where file_ points when it is a link, which stays one
  bool existed_ = false;
  std::string before_;
};

}  // namespace

int run_setup(CommandContext& context) {
  Setup setup(context);
  const Status status = context.options.boolean("--restore") ? setup.restore() : setup.run();
  return status.ok() ? kExitOk : context.console.fail(kExitFailed, status);
}

}  // namespace rappel
