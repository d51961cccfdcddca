#include "cli/tuning_progress.h"

#include "cli/progress.h"
#include "cli/stop_signal.h"

namespace rappel {

Result<Tuning> tune_with_progress(CommandContext& context) {
  const StopRequest stop;
  Progress progress(*context.console.err, context.console.err_is_terminal);
  return tune_machine(context, stop.token(),
                      [&](const std::string& words, std::size_t done, std::size_t total) {
                        progress.show_share(words, static_cast<double>(done), static_cast<double>(total));
                      });
}

}  // namespace rappel
