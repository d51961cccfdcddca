// rappel devices: what models can be computed with on this machine.
#include <fmt/format.h>

#include <ostream>

#include "cli/command.h"
#include "cli/settings.h"
#include "codec/json.h"
#include "wiring/runtime.h"

namespace rappel {
namespace {

constexpr char kReference[] = "reference: every op the plain way in double precision, to compare with; slow";

void print_for_people(const CpuReport& cpu, std::ostream& out) {
  out << cpu.description << "\n  instructions: ";
  for (const std::string& feature : cpu.features) out << (&feature == &cpu.features.front() ? "" : ", ") << feature;
  out << "\n  targets of this build, the fastest first (RAPPEL_CPU_TARGET; * is in force):\n";
  for (const CpuTargetInfo& target : cpu.targets)
    out << fmt::format("  {} {:<14}{}{}\n", target.name == cpu.target ? '*' : ' ', target.name, target.label,
                       target.missing.empty() ? "" : ": not here, it needs " + target.missing);
  out << kReference << "\n";
}

Json report_json(const CpuReport& cpu) {
  Json targets = Json::array();
  for (const CpuTargetInfo& target : cpu.targets)
    targets.push_back({{"name", target.name},
                       {"label", target.label},
                       {"runs_here", target.missing.empty()},
                       {"missing", target.missing}});
  return {{"devices", Json::array({{{"name", "cpu"},
                                    {"description", cpu.description},
                                    {"threads", cpu.threads},
                                    {"target", cpu.target},
                                    {"targets", std::move(targets)},
                                    {"instructions", cpu.features}},
                                   {{"name", "reference"}, {"description", kReference}}})}};
}

}  // namespace

int run_devices(CommandContext& context) {
  Runtime runtime(runtime_settings(context.options), hub_settings_of(context), *context.logger);
  const auto cpu = runtime.cpu_report();
  if (!cpu.ok()) return context.console.fail(kExitUsage, cpu.status());
  if (context.options.boolean("--json"))
    *context.console.out << dump_json(report_json(*cpu)) << "\n";
  else
    print_for_people(*cpu, *context.console.out);
  return kExitOk;
}

}  // namespace rappel
