// SettingsReport: what rappel makes of each variable in a settings file, for `rappel config`. Somebody who
// migrates from the Python service sees here what is in force, what is ignored, and what would stop `serve`.
#pragma once

#include <string>
#include <vector>

#include "config/run_context.h"

namespace rappel {

struct VariableUse {
  std::string name;
  int line = 0;
  std::string words;  // "in force", "in force as DEVICE_FALLBACK", "ignored: ..", "stops serve: .."
};

// In the order of the lines. No value is shown, because any of them may be secret.
std::vector<VariableUse> variables_of_settings_file(const RunContext& context);

// The value as people may see it: that of a secret is hidden, and so are a name and a password in a URL.
std::string shown_value(const OptionValue& value);

// Why `rappel serve` would refuse these settings, each with its place; empty when it would not. Models and
// the store are not looked at. Needs the options of `config`, or of `serve` with those of `doctor`.
std::vector<Status> reasons_against_serving(const Options& options);
// The same for settings that are not resolved yet.
std::vector<Status> reasons_against_serving(const OptionSources& sources);

}  // namespace rappel
