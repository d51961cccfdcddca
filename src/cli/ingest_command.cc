// rappel ingest: files, folders and JSON lines of documents into the store. Prints what the run
// (retrieve/ingest_run.h) reports.
#include "cli/ingest_command.h"

#include <fmt/format.h>

#include <ostream>

#include "base/units.h"
#include "cli/command.h"
#include "cli/ingest_report.h"
#include "cli/metadata_args.h"
#include "cli/stop_signal.h"
#include "cli/walk_args.h"
#include "cli/workspace.h"
#include "retrieve/ingest_run.h"

namespace rappel {
namespace {

Result<IngestSettings> ingest_settings(const Options& options) {
  IngestSettings settings = basic_ingest_settings(options);
  settings.dry_run = options.boolean("--dry-run");
  settings.extract_metadata = options.boolean("--extract-metadata");
  settings.screening = parse_screening(options.text("--pii"));
  RAPPEL_ASSIGN(settings.metadata, parse_metadata(options.items("--meta")));
  return settings;
}

// Success means that everything that the user named was taken: nothing failed, nothing was skipped that
// should have been taken, and the folders gave at least one document unless they hold no files at all.
bool all_taken(const IngestCounts& counts) {
  const bool nothing = counts.stored + counts.unchanged == 0;
  return counts.failed == 0 && counts.named_skipped == 0 && !(nothing && counts.skipped > 0);
}

// Everything that one command line asks for.
class Ingestion {
 public:
  Ingestion(CommandContext& context, const IngestSettings& settings, Workspace& workspace)
      : context_(context),
        settings_(settings),
        embedder_(workspace.embedder()),
        retrieval_(workspace.retrieval()),
        report_(*context.console.err, context.console.err_is_terminal) {}

  int run(const FoundFiles& found) {
    const bool taken = store(found);
    print_totals();
    const Status written = write_report();
    if (!written.ok()) return context_.console.fail(kExitFailed, written);
    return taken && !stop_.raised() ? kExitOk : kExitFailed;
  }

 private:
  // Whether everything was taken.
  bool store(const FoundFiles& found) {
    counts_ = rappel::run_ingest(retrieval_, found, settings_, report_, stop_.token());
    if (stop_.raised()) report_.failed("stopped; what is counted as stored is safe, the rest was not read");
    report_.print_summary(counts_, settings_.dry_run, *context_.console.out);
    context_.console.out->flush();
    return all_taken(counts_);
  }

  void print_totals() {
    if (const auto stats = retrieval_.stats(); stats.ok())
      *context_.console.out << fmt::format("the store now holds {} in {}\n",
                                           count_text((*stats).documents, "document"),
                                           count_text((*stats).chunks, "chunk"))
                            << std::flush;
  }

  Status write_report() {
    const std::string& file = context_.options.text("--report");
    if (file.empty()) return {};
    const SchedulerStats engine = embedder_.scheduler_stats();
    return report_.write(file, counts_, {engine.busy_seconds, engine.tokens, stop_.raised()});
  }

  CommandContext& context_;
  const IngestSettings& settings_;
  LocalEmbedder& embedder_;
  Retrieval& retrieval_;
  IngestReport report_;
  IngestCounts counts_;
  const StopRequest stop_;
};

}  // namespace

IngestSettings basic_ingest_settings(const Options& options) {
  IngestSettings settings;
  settings.batch_documents = static_cast<std::size_t>(options.integer("EMBEDDING_BATCH"));
  settings.max_file_bytes = static_cast<std::size_t>(options.integer("RAPPEL_MAX_FILE_MB")) << 20;
  settings.force = options.boolean("--force");
  settings.password = options.text("--password");
  return settings;
}

int ingest_found(CommandContext& context, const IngestSettings& settings, const FoundFiles& found) {
  const auto workspace = Workspace::open(context, {.chunking = true});
  if (!workspace.ok()) return context.console.fail(kExitUsage, workspace.status());
  return Ingestion(context, settings, **workspace).run(found);
}

int run_ingest(CommandContext& context) {
  const auto settings = ingest_settings(context.options);
  if (!settings.ok()) return context.console.fail(kExitUsage, settings.status());
  return ingest_found(context, *settings, find_files(context.arguments, walk_options(context)));
}

}  // namespace rappel
