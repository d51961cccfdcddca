#include "cli/walk_args.h"

#include "ingest/source/given_metadata.h"

namespace rappel {

WalkOptions walk_options(const CommandContext& context) {
  return {.exclude = context.options.items("--exclude"),
          .ignore_files = context.options.boolean("--ignore-files"),
          .standard_input = context.console.in,
          .standard_input_name = context.options.text("--name")};
}

WalkOptions changed_files(const CommandContext& context, const FolderChanges& changes) {
  WalkOptions options = walk_options(context);
  FolderChanges widened = changes;
  for (const std::filesystem::path& path : changes.paths) {
    const std::string name = path.filename().string();
    widened.all = widened.all || name == ".gitignore" || name == ".rappelignore";
    if (const auto file = file_of_sidecar(path)) widened.paths.insert(*file);
  }
  if (!widened.all)
    options.wanted = [widened](const std::filesystem::path& path) { return widened.concern(path); };
  return options;
}

}  // namespace rappel
