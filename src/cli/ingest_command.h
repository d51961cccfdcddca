// Shared by the commands that store files.
#pragma once

#include "cli/command.h"
#include "retrieve/ingest_run.h"

namespace rappel {

// Batches, sizes and --force.
IngestSettings basic_ingest_settings(const Options& options);

// Opens the store, runs, prints and returns the exit code.
int ingest_found(CommandContext& context, const IngestSettings& settings, const FoundFiles& found);

}  // namespace rappel
