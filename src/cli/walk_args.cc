#include "cli/walk_args.h"

namespace rappel {

WalkOptions walk_options(const CommandContext& context) {
  return {.exclude = context.options.items("--exclude"),
          .ignore_files = context.options.boolean("--ignore-files"),
          .standard_input = context.console.in,
          .standard_input_name = context.options.text("--name")};
}

}  // namespace rappel
