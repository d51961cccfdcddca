// rappel optimize: reports the machine and what it lacks, and writes the settings that suit it, with their
// reasons, to .env.optimized.
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <ostream>

#include "base/os/file.h"
#include "cli/command.h"
#include "cli/optimized_file.h"
#include "cli/tuning_progress.h"
#include "codec/json.h"

namespace rappel {
namespace {

// "ok", "MISSING", "better" or "unknown", padded and with its colour.
std::string state_of(const Requirement& need, const Terminal& style) {
  const auto padded = [](const char* word) { return fmt::format("{:<7}", word); };
  if (!need.known) return style.paint(Paint::kWarning, padded("unknown"));
  if (need.ok) return style.paint(Paint::kGood, padded("ok"));
  return need.needed ? style.paint(Paint::kBad, padded("MISSING"))
                     : style.paint(Paint::kWarning, padded("better"));
}

void print(const Tuning& tuning, const Terminal& style, std::ostream& out) {
  constexpr std::size_t kFact = 15, kNeed = 23, kSetting = 35;
  out << style.heading("Machine") << "\n";
  for (const auto& [label, words] : tuning.machine)
    out << fmt::format("  {:<12} {}\n", label, style.fitted(words, kFact));
  out << style.heading("Requirements") << "\n";
  for (const Requirement& need : tuning.requirements)
    out << fmt::format("  {:<12} {} {}\n", need.name, state_of(need, style), style.fitted(need.words, kNeed));
  out << style.heading("Settings") << "\n";
  for (const Recommendation& setting : tuning.settings) {
    out << fmt::format("  {:<32} {}\n", setting.key + "=" + setting.value,
                       style.fitted(setting.reason, kSetting));
    if (!setting.cost.empty()) out << fmt::format("  {:<32} {}\n", "", style.fitted(setting.cost, kSetting));
  }
  if (!tuning.busy.empty())
    out << style.paint(Paint::kWarning, "Some settings were not measured, because the machine is busy:")
        << " run it again when nothing else runs.\n";
  else if (!tuning.measured && !tuning.stopped)
    out << "Nothing was measured, because a model is missing: the settings are the platform's defaults.\n";
}

Json tuning_json(const Tuning& tuning) {
  Json machine = Json::object(), needs = Json::array(), settings = Json::array();
  for (const auto& [label, words] : tuning.machine) machine[label] = words;
  for (const Requirement& need : tuning.requirements)
    needs.push_back({{"name", need.name},
                     {"ok", need.ok},
                     {"known", need.known},
                     {"needed", need.needed},
                     {"found", need.words}});
  for (const Recommendation& setting : tuning.settings)
    settings.push_back(
        {{"key", setting.key}, {"value", setting.value}, {"reason", setting.reason}, {"cost", setting.cost}});
  return {{"platform", tuning.platform},
          {"machine", std::move(machine)},
          {"requirements", std::move(needs)},
          {"settings", std::move(settings)},
          {"memory", tuning.memory.known()
                         ? Json{{"total", tuning.memory.total()}, {"needed", tuning.memory.needed()}}
                         : Json()},
          {"measured", tuning.measured},
          {"busy", tuning.busy},
          {"stopped", tuning.stopped}};
}

}  // namespace

int run_optimize(CommandContext& context) {
  const auto tuning = tune_with_progress(context);
  if (!tuning.ok()) return context.console.fail(kExitFailed, tuning.status());
  std::ostream& out = *context.console.out;
  const std::filesystem::path file = optimized_file_of(context.options.text("RAPPEL_ENV_FILE"));
  const bool json = context.options.boolean("--json"), dry = context.options.boolean("--dry-run");
  if (json)
    out << dump_json(tuning_json(*tuning)) << "\n";
  else
    print(*tuning, context.console.out_style, out);
  if ((*tuning).stopped)
    return context.console.fail(kExitFailed,
                                {Code::kCancelled, "stopped before all was measured; nothing was written"});
  if (!dry) {
    const std::string text = optimized_text(*tuning, std::chrono::system_clock::now());
    if (const Status status = write_file_atomic(file, text); !status.ok())
      return context.console.fail(kExitFailed, status);
  }
  const auto& needs = (*tuning).requirements;
  const bool missing =
      std::any_of(needs.begin(), needs.end(), [](const Requirement& need) { return need.missing(); });
  if (!json && !dry)
    out << "Written to " << file.string() << ". Next:\n"
        << (missing ? "  get what is MISSING, and run `rappel optimize` again\n" : "")
        << "  read and edit it; `rappel setup` backs up the settings file, applies it and checks rappel\n"
           "  restart the server, which reads the settings when it starts\n"
           "  run `rappel bench` to measure them and `rappel compare` to compare settings\n";
  return missing ? kExitFailed : kExitOk;
}

}  // namespace rappel
