// The parts of the table of settings, by group, and the sets of commands that their rows name.
#pragma once

#include <span>
#include <string_view>

#include "config/options.h"

namespace rappel {

inline constexpr unsigned kModels =
    kEmbedCommand | kRerankCommand | kServeCommand | kIngestCommand | kProcessCommand | kQueryCommand;
// Commands that answer judged sets.
inline constexpr unsigned kJudges = kEvalCommand | kTuneCommand;
inline constexpr unsigned kStores = kServeCommand | kIngestCommand | kProcessCommand | kQueryCommand |
                                    kListCommand | kDeleteCommand | kJudges;
// Commands that look at the machine, and at whether the models work on it.
inline constexpr unsigned kTuners = kOptimizeCommand | kSetupCommand;
inline constexpr unsigned kTimers = kBenchCommand | kCompareCommand;
inline constexpr unsigned kTools = kCheckCommand | kTuners | kTimers;
// Commands that open the store load the embedder too: the stored vectors are checked against its identity.
inline constexpr unsigned kEmbedders = kEmbedCommand | kStores | kTools;
inline constexpr unsigned kRerankers = kRerankCommand | kServeCommand | kQueryCommand | kJudges | kTools;
inline constexpr unsigned kHub = kModels | kStores | kModelCommand | kTools;
inline constexpr unsigned kEveryCommand = kHub | kConfigCommand | kDevicesCommand | kStoreCommand |
                                          kCollectionCommand | kExtractCommand | kTokenCommand;

std::span<const OptionSpec> general_options();
std::span<const OptionSpec> model_options();
std::span<const OptionSpec> store_options();
std::span<const OptionSpec> command_options();
std::span<const OptionSpec> tool_options();
std::span<const OptionSpec> server_options();
std::span<const OptionSpec> tracing_options();
std::span<const OptionSpec> hub_options();

// A default with RAPPEL_LOCAL=true, on every platform. RAPPEL_LOCAL precedes these options in the table.
struct LocalDefault {
  std::string_view option;  // OptionSpec::name()
  const char* text;
};
std::span<const LocalDefault> local_defaults();

// A store of the Python service that this build does not have.
struct AbsentStore {
  const char* name;       // the value of DATASTORE
  const char* variables;  // its settings, as in IgnoredVariable; "": those of another one
};
std::span<const AbsentStore> absent_stores();

}  // namespace rappel
