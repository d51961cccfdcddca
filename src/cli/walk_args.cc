#include "cli/walk_args.h"

#include <algorithm>

#include "base/ascii.h"
#include "config/settings.h"
#include "ingest/source/given_metadata.h"

namespace rappel {
namespace {

// A manifest names files at or below its folder, which are not to be taken by themselves.
bool may_name_a_change(const std::filesystem::path& path, const FolderChanges& changes) {
  if (lower_case(path.extension().string()) != ".jsonl") return false;
  const std::string folder = path.parent_path().string() + "/";
  return std::any_of(changes.paths.begin(), changes.paths.end(), [&](const std::filesystem::path& changed) {
    return changed.string().starts_with(folder);
  });
}

}  // namespace

WalkOptions walk_options(const CommandContext& context) {
  return {.exclude = context.options.items("--exclude"),
          .reading = read_options(context.options),
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
    options.wanted = [widened](const std::filesystem::path& path) {
      return widened.concern(path) || may_name_a_change(path, widened);
    };
  return options;
}

}  // namespace rappel
