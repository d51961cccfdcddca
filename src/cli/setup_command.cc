// rappel setup: takes over the settings that suit this machine into .env - its other lines stay as they are -
// and proves that rappel works with them, or puts the old file back.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <ostream>

#include "base/os/file.h"
#include "cli/command.h"
#include "cli/program.h"
#include "cli/tune_command.h"
#include "config/env_merge.h"
#include "config/version.h"

namespace rappel {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMaxEnvFile = std::size_t{1} << 20;
constexpr char kBackup[] = ".backup", kReplaced[] = ".replaced";

// FILE.backup, FILE.backup.1, FILE.backup.2, ..
fs::path numbered(const fs::path& file, const char* suffix, int number) {
  return file.string() + suffix + (number == 0 ? "" : "." + std::to_string(number));
}

// One more than the highest number in use, so that the newest one stays the last when others were removed.
int next_number(const fs::path& file, const char* suffix) {
  const std::string start = file.filename().string() + suffix;
  int next = 0;
  std::error_code error;
  for (fs::directory_iterator it(file.has_parent_path() ? file.parent_path() : fs::path("."), error), end;
       !error && it != end; it.increment(error)) {
    const std::string name = it->path().filename().string();
    if (!name.starts_with(start)) continue;
    const std::string tail = name.substr(start.size());
    int number = 0;
    const bool first = tail.empty();
    if (!first &&
        (tail[0] != '.' || std::from_chars(tail.data() + 1, tail.data() + tail.size(), number).ptr !=
                               tail.data() + tail.size()))
      continue;
    next = std::max(next, (first ? 0 : number) + 1);
  }
  return next;
}

class Setup {
 public:
  explicit Setup(CommandContext& context)
      : context_(context),
        out_(*context.console.out),
        file_(context.options.text("RAPPEL_ENV_FILE")),
        target_(file_) {
    std::error_code error;
    if (!fs::is_symlink(file_, error)) return;
    if (const fs::path real = fs::canonical(file_, error); !error) target_ = real;
  }

  int restore() {
    const int next = next_number(file_, kBackup);
    if (next == 0)
      return fail(
          Status(Code::kNotFound, fmt::format("there is no backup of {} to restore", file_.string())));
    const fs::path backup = numbered(file_, kBackup, next - 1);
    const auto content = read_file(backup, kMaxEnvFile);
    if (!content.ok()) return fail(content.status());
    if (dry_run()) {
      out_ << "would restore " << file_.string() << " from " << backup.string() << "\n";
      return kExitOk;
    }
    // Changes that the user made since the set-up are kept too.
    if (const auto present = read_file(file_, kMaxEnvFile); present.ok() && *present != *content) {
      const fs::path replaced = numbered(file_, kReplaced, next_number(file_, kReplaced));
      if (const Status status = write_file_atomic(replaced, *present, true); !status.ok())
        return fail(status);
      out_ << "the present " << file_.string() << " is kept as " << replaced.string() << "\n";
    }
    if (const Status status = write_file_atomic(target_, *content, true); !status.ok()) return fail(status);
    std::error_code ignored;
    fs::remove(backup, ignored);
    out_ << file_.string() << " is again what " << backup.string() << " was\n";
    return kExitOk;
  }

  int run() {
    std::error_code error;
    const bool existed = fs::exists(file_, error);
    std::string before;
    if (existed) {
      auto content = read_file(file_, kMaxEnvFile);
      if (!content.ok()) return fail(content.status());
      before = std::move(content).value();
    }
    out_ << "1/4 looking at the machine, up to a minute\n" << std::flush;
    const auto tuning = tune_with_progress(context_);
    if (!tuning.ok()) return fail(tuning.status());
    if ((*tuning).stopped) return fail(Status(Code::kCancelled, "stopped; nothing was changed"));
    bool ready = true;
    for (const Requirement& need : (*tuning).requirements) {
      if (need.missing()) out_ << fmt::format("    missing: {}: {}\n", need.name, need.words);
      ready &= !need.missing();
    }
    if (!ready)
      return fail(Status(Code::kFailedPrecondition, "nothing was changed: get what is missing first"));

    std::vector<Setting> settings;
    for (const Recommendation& one : (*tuning).settings) settings.push_back({one.key, one.value});
    const EnvMerge merge =
        merge_env(before, settings, fmt::format("by rappel {} setup, for {}", kVersion, (*tuning).platform));
    out_ << "2/4 " << file_.string() << "\n" << describe_changes(merge);
    for (const Recommendation& one : (*tuning).settings)
      if (!one.cost.empty()) out_ << "note: " << one.cost << "\n";
    if (!(*tuning).busy.empty()) out_ << "note: " << not_measured((*tuning).busy) << "\n";
    for (const Setting& setting : settings)
      if (const auto it = context_.environment.find(setting.key);
          it != context_.environment.end() && !it->second.empty() && it->second != setting.value)
        out_ << fmt::format("note: {}={} in the environment goes before this file\n", setting.key,
                            it->second);
    if (dry_run()) {
      out_ << "--dry-run: nothing was written\n";
      return kExitOk;
    }
    if (merge.content != before) {
      if (existed) {
        const fs::path backup = numbered(file_, kBackup, next_number(file_, kBackup));
        if (const Status status = write_file_atomic(backup, before, true); !status.ok()) return fail(status);
        out_ << "3/4 the old one is kept as " << backup.string() << "\n";
        backup_ = backup;
      } else {
        out_ << "3/4 there was none before\n";
      }
      if (const Status status = write_file_atomic(target_, merge.content, true); !status.ok())
        return fail(status);
    } else {
      out_ << "3/4 nothing to write\n";
    }
    out_ << "4/4 checking\n" << std::flush;
    if (run_program({"check", "--env-file", file_.string()}, context_.environment, context_.console) ==
        kExitOk) {
      out_ << "done; restart the server, so that it takes them up; `rappel bench` measures, `rappel setup "
              "--restore` brings the "
              "old settings back\n";
      return kExitOk;
    }
    if (merge.content == before)
      return fail(
          Status(Code::kFailedPrecondition, "the check was not passed; the settings are as they were"));
    if (existed) {
      if (const Status status = write_file_atomic(target_, before, true); !status.ok()) return fail(status);
      fs::remove(backup_, error);
    } else {
      fs::remove(file_, error);
    }
    return fail(Status(Code::kFailedPrecondition, "the check was not passed, so the old settings are back"));
  }

 private:
  bool dry_run() const { return context_.options.boolean("--dry-run"); }
  int fail(const Status& status) { return context_.console.fail(kExitFailed, status); }

  CommandContext& context_;
  std::ostream& out_;
  fs::path file_, target_, backup_;  // target_: what file_ is a link to, which stays one
};

}  // namespace

int run_setup(CommandContext& context) {
  Setup setup(context);
  return context.options.boolean("--restore") ? setup.restore() : setup.run();
}

}  // namespace rappel
