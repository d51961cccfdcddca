// The options of a walk through files, of the commands that take paths.
#pragma once

#include "base/os/folder_watch.h"
#include "cli/command.h"
#include "ingest/source/walk.h"

namespace rappel {

WalkOptions walk_options(const CommandContext& context);
// The same, for the files alone that the changes concern. Rules that changed concern all of them, and a
// change concerns the manifests that may name it.
WalkOptions changed_files(const CommandContext& context, const FolderChanges& changes);

}  // namespace rappel
