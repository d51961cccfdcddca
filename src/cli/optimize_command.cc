// rappel optimize: what this machine is, what it lacks, which settings suit it and why; written to
// .env.optimized.
#include <fmt/format.h>

#include <algorithm>
#include <ostream>

#include "base/os/file.h"
#include "cli/command.h"
#include "cli/tune_command.h"
#include "codec/json.h"
#include "config/version.h"

namespace rappel {
namespace {

constexpr char kFile[] = ".env.optimized";

std::string env_text(const Tuning& tuning) {
  std::string text =
      fmt::format("# Settings that suit this machine, by rappel {} optimize.\n# Platform: {}\n", kVersion,
                  tuning.platform);
  for (const auto& [label, words] : tuning.machine) text += fmt::format("# {}: {}\n", label, words);
  for (const Recommendation& setting : tuning.settings)
    text += fmt::format("\n# {}\n{}={}\n", setting.reason, setting.key, setting.value);
  return text;
}

void print(const Tuning& tuning, std::ostream& out) {
  out << "Machine\n";
  for (const auto& [label, words] : tuning.machine) out << fmt::format("  {:<12} {}\n", label, words);
  out << "Requirements\n";
  for (const Requirement& need : tuning.requirements)
    out << fmt::format("  {:<12} {:<7} {}\n", need.name,
                       need.ok       ? "ok"
                       : need.needed ? "MISSING"
                                     : "better",
                       need.words);
  out << "Settings\n";
  for (const Recommendation& setting : tuning.settings)
    out << fmt::format("  {:<32} {}\n", setting.key + "=" + setting.value, setting.reason);
  if (!tuning.measured && !tuning.stopped)
    out << "Nothing was measured, for a model is missing: the settings are the platform's defaults.\n";
}

Json tuning_json(const Tuning& tuning) {
  Json machine = Json::object(), needs = Json::array(), settings = Json::array();
  for (const auto& [label, words] : tuning.machine) machine[label] = words;
  for (const Requirement& need : tuning.requirements)
    needs.push_back({{"name", need.name}, {"ok", need.ok}, {"needed", need.needed}, {"found", need.words}});
  for (const Recommendation& setting : tuning.settings)
    settings.push_back({{"key", setting.key}, {"value", setting.value}, {"reason", setting.reason}});
  return {{"platform", tuning.platform},      {"machine", std::move(machine)},
          {"requirements", std::move(needs)}, {"settings", std::move(settings)},
          {"measured", tuning.measured},      {"stopped", tuning.stopped}};
}

}  // namespace

int run_optimize(CommandContext& context) {
  const auto tuning = tune_with_progress(context);
  if (!tuning.ok()) return context.console.fail(kExitFailed, tuning.status());
  std::ostream& out = *context.console.out;
  const bool json = context.options.boolean("--json"), dry = context.options.boolean("--dry-run");
  if (json)
    out << dump_json(tuning_json(*tuning)) << "\n";
  else
    print(*tuning, out);
  if ((*tuning).stopped)
    return context.console.fail(kExitFailed,
                                {Code::kCancelled, "stopped before all was measured; nothing was written"});
  if (!dry) {
    if (const Status status = write_file_atomic(kFile, env_text(*tuning)); !status.ok())
      return context.console.fail(kExitFailed, status);
  }
  const auto& needs = (*tuning).requirements;
  const bool missing =
      std::any_of(needs.begin(), needs.end(), [](const Requirement& need) { return need.missing(); });
  if (!json && !dry)
    out << "Written to " << kFile << ". Next:\n"
        << (missing ? "  get what is MISSING, and run `rappel optimize` again\n" : "")
        << "  look at it; `rappel setup` backs up .env, takes the settings over and checks them\n"
           "  restart the server, so that it takes them up\n"
           "  `rappel bench` says how fast it is now, `rappel compare` beside what\n";
  return missing ? kExitFailed : kExitOk;
}

}  // namespace rappel
