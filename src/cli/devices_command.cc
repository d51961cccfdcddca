// rappel devices: what models can be computed with on this machine.
#include <fmt/format.h>

#include <ostream>

#include "base/units.h"
#include "cli/command.h"
#include "cli/progress.h"
#include "codec/json.h"
#include "config/settings.h"
#include "wiring/runtime.h"

namespace rappel {
namespace {

constexpr char kReference[] = "reference: every op the plain way in double precision, to compare with; slow";

using Named = std::vector<std::pair<std::string, std::string>>;

void print_for_people(const CpuReport& cpu, const Named& accelerators, std::ostream& out) {
  for (const auto& [name, description] : accelerators) out << description << "\n";
  out << cpu.description << "\n  cores: " << cpu.machine.cores() << ", " << cpu.machine.architecture
      << "\n  memory: " << bytes_text(static_cast<double>(cpu.machine.memory_bytes));
  if (cpu.memory_limit > 0)
    out << ", at most " << bytes_text(static_cast<double>(cpu.memory_limit)) << " for models and batches";
  out << "\n  precision: " << weight_kind_name(cpu.preferred) << " when it is auto\n  instructions: ";
  for (const std::string& feature : cpu.features)
    out << (&feature == &cpu.features.front() ? "" : ", ") << feature;
  out << "\n  targets of this build, the fastest first (RAPPEL_CPU_TARGET; * is in force):\n";
  for (const CpuTargetInfo& target : cpu.targets)
    out << fmt::format("  {} {:<14}{}{}\n", target.name == cpu.target ? '*' : ' ', target.name, target.label,
                       target.missing.empty() ? "" : ": not here, it needs " + target.missing);
  out << kReference << "\n";
}

Json report_json(const CpuReport& cpu, const Named& accelerators) {
  Json targets = Json::array();
  for (const CpuTargetInfo& target : cpu.targets)
    targets.push_back({{"name", target.name},
                       {"label", target.label},
                       {"runs_here", target.missing.empty()},
                       {"missing", target.missing}});
  Json devices = Json::array();
  for (const auto& [name, description] : accelerators)
    devices.push_back({{"name", name}, {"description", description}});
  devices.push_back({{"name", "cpu"},
                     {"description", cpu.description},
                     {"threads", cpu.threads},
                     {"target", cpu.target},
                     {"cpus_allowed", cpu.machine.allowed},
                     {"cpus_online", cpu.machine.online},
                     {"cpu_quota", cpu.machine.quota},
                     {"architecture", cpu.machine.architecture},
                     {"memory_bytes", cpu.machine.memory_bytes},
                     {"memory_limit_bytes", cpu.memory_limit},
                     {"precision", weight_kind_name(cpu.preferred)},
                     {"targets", std::move(targets)},
                     {"instructions", cpu.features}});
  devices.push_back({{"name", "reference"}, {"description", kReference}});
  return {{"devices", std::move(devices)}};
}

}  // namespace

int run_devices(CommandContext& context) {
  Runtime runtime(runtime_settings(context.options), hub_settings_of(context), *context.logger);
  const auto cpu = runtime.cpu_report();
  if (!cpu.ok()) return context.console.fail(kExitUsage, cpu.status());
  const auto accelerators = runtime.accelerators();
  if (context.options.boolean("--json"))
    *context.console.out << dump_json(report_json(*cpu, accelerators)) << "\n";
  else
    print_for_people(*cpu, accelerators, *context.console.out);
  return kExitOk;
}

}  // namespace rappel
