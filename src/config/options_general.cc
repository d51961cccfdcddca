// Settings of every command: settings file, log, threads, CPU, device memory.
#include "config/option_groups.h"

namespace rappel {
namespace {

constexpr OptionSpec kTable[] = {
    // General
    {.variable = "RAPPEL_ENV_FILE",
     .flag = "--env-file",
     .type = OptionType::kPath,
     .value_name = "FILE",
     .fallback = {".env"},
     .commands = kEveryCommand,
     .group = "General",
     .help = "Settings file in .env format. A file named here must exist; the default may be missing."},
    {.variable = "LOG_LEVEL",
     .flag = "--log-level",
     .type = OptionType::kChoice,
     .value_name = "LEVEL",
     .fallback = {"auto"},
     .choices = "auto|debug|info|warn|error|off",
     .synonyms = "trace=debug|notset=debug|warning=warn|critical=error|fatal=error",
     .commands = kEveryCommand,
     .group = "General",
     .help = "Log level on standard error; auto is info for serve and warn for the other commands. Only the "
             "flag makes the other commands log more than warn."},
    {.variable = "LOG_FORMAT",
     .flag = "--log-format",
     .type = OptionType::kChoice,
     .value_name = "FORMAT",
     .fallback = {"text"},
     .choices = "text|json",
     .commands = kEveryCommand,
     .group = "General",
     .help = "Lines of the log: text for people, or one JSON object each, with time, level, message and, for "
             "requests, further members."},
    {.variable = "RAPPEL_THREADS",
     .flag = "--threads",
     .type = OptionType::kInteger,
     .value_name = "N",
     .fallback = {"0"},
     .min = 0,
     .max = 1024,
     .commands = kModels | kStores | kTools | kConfigCommand | kDevicesCommand,
     .group = "General",
     .help = "Compute threads; 0 uses all CPUs that affinity and cgroup quota allow."},
    {.variable = "RAPPEL_CPU_TARGET",
     .flag = "--cpu-target",
     .value_name = "NAME",
     .fallback = {"auto"},
     .commands = kModels | kStores | kTools | kConfigCommand | kDevicesCommand,
     .group = "General",
     .help = "CPU instruction set, as listed by `rappel devices`; auto is the fastest."},
    {.variable = "DEVICE_FALLBACK",
     .old_names = "PYTORCH_ENABLE_MPS_FALLBACK",
     .flag = "--device-fallback",
     .type = OptionType::kBoolean,
     .fallback = {"false"},
     .commands = kModels | kStores | kTools | kConfigCommand | kDevicesCommand,
     .group = "General",
     .help = "true: fall back to the CPU. false: never. Unset: only if the device fails after startup; a "
             "device that is missing at startup is an error."},
    {.variable = "RAPPEL_DEVICE_MEMORY",
     .old_names = "PYTORCH_MPS_HIGH_WATERMARK_RATIO",
     .flag = "--device-memory",
     .type = OptionType::kMemory,
     .value_name = "SIZE",
     .fallback = {"0"},
     .commands = kModels | kStores | kTools | kConfigCommand | kDevicesCommand,
     .group = "General",
     .help =
         "Memory limit of models and batches on a device, in bytes (2G, 512M) or as a share (50%, 0.5); 0 "
         "means no limit. Batches become smaller when memory is short. Mapped model files do not count."},
    {.flag = "--markdown",
     .type = OptionType::kBoolean,
     .fallback = {"false"},
     .commands = kOptionsCommand,
     .group = "General",
     .help = "Print the table in the format of docs/configuration.md."},
};

}  // namespace

std::span<const OptionSpec> general_options() { return kTable; }

}  // namespace rappel
