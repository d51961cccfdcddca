// rappel ingest: files, folders and JSON lines of documents into the store. Prints what the run
// (retrieve/ingest_run.h) reports.
#include "cli/ingest_command.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <ostream>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "base/os/folder_watch.h"
#include "base/units.h"
#include "cli/command.h"
#include "cli/ingest_report.h"
#include "cli/metadata_args.h"
#include "cli/stop_signal.h"
#include "cli/walk_args.h"
#include "cli/workspace.h"
#include "config/settings.h"
#include "ingest/screen/text_judge.h"
#include "retrieve/ingest_run.h"
#include "retrieve/near_documents.h"

namespace rappel {
namespace {

namespace fs = std::filesystem;

Attachments parse_attachments(const std::string& text) {
  if (text == "text") return Attachments::kText;
  return text == "skip" ? Attachments::kSkip : Attachments::kDocument;
}

Result<IngestSettings> ingest_settings(const CommandContext& context) {
  const Options& options = context.options;
  IngestSettings settings = basic_ingest_settings(options);
  settings.dry_run = options.boolean("--dry-run");
  if (options.boolean("--prune")) settings.prune = Prune::kGone;
  if (options.boolean("--prune-all")) settings.prune = Prune::kEvenAll;
  settings.split_archives = options.boolean("--split-archives");
  settings.attachments = parse_attachments(options.text("--attachments"));
  settings.extract_metadata = options.boolean("--extract-metadata");
  settings.screening = parse_screening(options.text("--pii"));
  RAPPEL_ASSIGN(settings.metadata, parse_metadata(options.items("--meta")));
  RAPPEL_ASSIGN(settings.judge, text_judge(context));
  return settings;
}

// Success means that everything that the user named was taken: nothing failed, nothing was skipped that
// should have been taken, and the folders gave at least one document unless they hold no files at all.
bool all_taken(const IngestCounts& counts) {
  const bool nothing = counts.stored + counts.unchanged + counts.moved + counts.copies == 0;
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
    const bool taken = store(found, settings_);
    print_totals();
    const Status written = write_report();
    if (!written.ok()) return context_.console.fail(kExitFailed, written);
    return taken && !stop_.raised() ? kExitOk : kExitFailed;
  }

  // Follows the folders until the process is told to stop.
  int follow(const FoundFiles& found, FolderWatch& watch) {
    store(found, settings_);
    print_totals();
    std::string_view method = watch.method();
    *context_.console.err << fmt::format("watching {} ({}); Ctrl-C ends it\n",
                                         count_text(found.folders.size(), "folder"), method)
                          << std::flush;
    while (!stop_.raised()) {
      const FolderChanges changes = watch.wait(stop_.token());
      if (changes.empty()) break;
      if (watch.method() != std::exchange(method, watch.method())) tell_polling();
      if (std::none_of(found.folders.begin(), found.folders.end(), [](const fs::path& folder) {
            std::error_code error;
            return fs::is_directory(folder, error);
          }))
        return context_.console.fail(
            kExitFailed,
            Status(Code::kNotFound, "the watched folders are gone; start again when they are there"));
      report_.clear();
      store(find_files(context_.arguments, changed_files(context_, changes)), settings_after(changes),
            /*quiet=*/true);
    }
    const Status written = write_report();
    return written.ok() ? kExitOk : context_.console.fail(kExitFailed, written);
  }

 private:
  void tell_polling() {
    *context_.console.err
        << "rappel: warning: the system has no more watches for a new folder, so the folders "
           "are looked through every two seconds from now on; to avoid it, raise "
           "fs.inotify.max_user_watches and start again\n"
        << std::flush;
  }

  // Whether everything was taken.
  // `quiet`: prints nothing if nothing was to be done.
  bool store(const FoundFiles& found, const IngestSettings& settings, bool quiet = false) {
    counts_ = rappel::run_ingest(retrieval_, found, settings, report_, stop_.token());
    if (stop_.raised()) report_.failed("stopped; what is counted as stored is safe, the rest was not read");
    const bool idle = counts_.stored + counts_.moved + counts_.copies + counts_.removed + counts_.failed == 0;
    if (!quiet || !idle) report_.print_summary(counts_, settings.dry_run, *context_.console.out);
    context_.console.out->flush();
    return all_taken(counts_);
  }

  // Files that were seen to be deleted are removed. After changes that were missed, --prune looks for it.
  IngestSettings settings_after(const FolderChanges& changes) const {
    IngestSettings settings = settings_;
    if (changes.all) return settings;
    settings.prune = Prune::kNothing;
    settings.deleted.assign(changes.gone.begin(), changes.gone.end());
    return settings;
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

// Before the first walk, so that no change is missed.
Result<std::unique_ptr<FolderWatch>> open_watch(const std::vector<std::string>& arguments) {
  std::vector<fs::path> folders;
  for (const std::string& argument : arguments) {
    std::error_code error;
    const fs::path real = fs::canonical(argument, error);
    if (error || !fs::is_directory(real, error))
      return Status(Code::kInvalidArgument,
                    "cannot watch " + argument + ": it is no folder; name the folder that holds it");
    folders.push_back(real);
  }
  return FolderWatch::open(std::move(folders));
}

}  // namespace

IngestSettings basic_ingest_settings(const Options& options) {
  IngestSettings settings;
  settings.batch_documents = static_cast<std::size_t>(options.integer("EMBEDDING_BATCH"));
  settings.max_file_bytes = static_cast<std::size_t>(options.integer("RAPPEL_MAX_FILE_MB")) << 20;
  settings.force = options.boolean("--force");
  settings.password = options.text("--password");
  settings.reading = read_options(options);
  return settings;
}

int ingest_found(CommandContext& context, const IngestSettings& settings, const FoundFiles& found) {
  const auto workspace = Workspace::open(context, {.chunking = true});
  if (!workspace.ok()) return context.console.fail(kExitUsage, workspace.status());
  return Ingestion(context, settings, **workspace).run(found);
}

int run_ingest(CommandContext& context) {
  auto settings = ingest_settings(context);
  if (!settings.ok()) return context.console.fail(kExitUsage, settings.status());
  if (!context.options.boolean("--watch"))
    return ingest_found(context, *settings, find_files(context.arguments, walk_options(context)));
  const auto watch = open_watch(context.arguments);
  if (!watch.ok()) return context.console.fail(kExitUsage, watch.status());
  const FoundFiles found = find_files(context.arguments, walk_options(context));
  const auto workspace = Workspace::open(context, {.chunking = true});
  if (!workspace.ok()) return context.console.fail(kExitUsage, workspace.status());
  settings->near = std::make_shared<NearDocuments>(settings->dry_run);
  return Ingestion(context, *settings, **workspace).follow(found, **watch);
}

}  // namespace rappel
