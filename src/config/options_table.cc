// The one table of settings; see options.h for what a row drives. After a change run `rappel options
// --markdown > docs/configuration.md` (a test compares them).
#include <vector>

#include "config/option_groups.h"

namespace rappel {

std::span<const OptionSpec> option_table() {
  static const std::vector<OptionSpec> table = [] {
    std::vector<OptionSpec> all;
    for (const auto group : {general_options(), model_options(), store_options(), command_options(),
                             tool_options(), server_options(), tracing_options(), hub_options()})
      all.insert(all.end(), group.begin(), group.end());
    return all;
  }();
  return table;
}

}  // namespace rappel
