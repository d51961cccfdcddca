// rappel ingest: files, folders and JSON lines of documents into the store. Prints what the run
// (retrieve/ingest_run.h) reports.
#include <fmt/format.h>

#include <map>
#include <ostream>
#include <vector>

#include "base/escape_controls.h"
#include "base/units.h"
#include "cli/command.h"
#include "cli/progress.h"
#include "cli/stop_signal.h"
#include "cli/workspace.h"
#include "retrieve/ingest_run.h"

namespace rappel {
namespace {

constexpr std::size_t kNamedFailures = 50;
constexpr std::size_t kNamedSkips = 20;

class Report final : public IngestObserver {
 public:
  Report(std::ostream& err, bool is_terminal) : err_(err), progress_(err, is_terminal) {}

  void failed(const std::string& message) override {
    if (++failures_ > kNamedFailures) return;
    progress_.clear();
    err_ << "rappel: " << escape_controls(message)
         << (failures_ == kNamedFailures ? " (further failures are only counted)" : "") << std::endl;
  }
  void skipped(const std::string& kind, const std::string& message) override {
    ++kinds_[kind];
    if (++skips_ <= kNamedSkips) messages_.push_back(message);
  }
  void warned(const std::string& message) override {
    if (++warnings_ > kNamedFailures) return;
    progress_.clear();
    err_ << "rappel: warning: " << message
         << (warnings_ == kNamedFailures ? " (further warnings are only counted)" : "") << std::endl;
  }
  void advanced(const IngestCounts& counts) override {
    progress_.show(count_text(counts.stored, "document"), counts.bytes_done, counts.bytes_total,
                   counts.bytes_done);
  }

  // Names what was skipped, then counts everything.
  void finish(const IngestCounts& counts, std::ostream& out) {
    progress_.clear();
    for (const std::string& message : messages_) err_ << "rappel: " << escape_controls(message) << "\n";
    if (skips_ > kNamedSkips) err_ << "rappel: and " << skips_ - kNamedSkips << " more skipped\n";
    err_.flush();
    std::string reasons;
    for (const auto& [kind, count] : kinds_)
      reasons += fmt::format("{}{} {}", reasons.empty() ? " (" : ", ", count, kind);
    if (!reasons.empty()) reasons += ")";
    if (counts.warnings > 0) reasons += ", " + count_text(counts.warnings, "warning");
    out << fmt::format("{} stored, {} unchanged, {} failed, {} skipped{} in {:.1f} s\n",
                       count_text(counts.stored, "document"), counts.unchanged, counts.failed, counts.skipped,
                       reasons, progress_.seconds());
  }

 private:
  std::ostream& err_;
  Progress progress_;
  std::size_t failures_ = 0, warnings_ = 0, skips_ = 0;
  std::map<std::string, std::size_t> kinds_;
  std::vector<std::string> messages_;  // of the first skips
};

IngestSettings ingest_settings(const Options& options) {
  IngestSettings settings;
  settings.batch_documents = static_cast<std::size_t>(options.integer("EMBEDDING_BATCH"));
  settings.max_file_bytes = static_cast<std::size_t>(options.integer("RAPPEL_MAX_FILE_MB")) << 20;
  settings.force = options.boolean("--force");
  settings.password = options.text("--password");
  return settings;
}

// Success means that everything that the user named was taken: nothing failed, no named file was skipped, and
// the folders gave at least one document unless they hold no files at all.
bool all_taken(const IngestCounts& counts) {
  const bool nothing = counts.stored + counts.unchanged == 0;
  return counts.failed == 0 && counts.named_skipped == 0 && !(nothing && counts.skipped > 0);
}

}  // namespace

int run_ingest(CommandContext& context) {
  const FoundFiles found = find_files(context.arguments);
  const auto workspace = Workspace::open(context, {.chunking = true});
  if (!workspace.ok()) return context.console.fail(kExitUsage, workspace.status());
  Retrieval& retrieval = (*workspace)->retrieval();
  std::ostream& out = *context.console.out;
  Report report(*context.console.err, context.console.err_is_terminal);
  const StopRequest stop;
  const IngestCounts counts =
      run_ingest(retrieval, found, ingest_settings(context.options), report, stop.token());
  if (stop.raised()) report.failed("stopped; what is counted as stored is safe, the rest was not read");
  report.finish(counts, out);
  if (const auto stats = retrieval.stats(); stats.ok())
    out << fmt::format("the store now holds {} in {}\n", count_text((*stats).documents, "document"),
                       count_text((*stats).chunks, "chunk"));
  return all_taken(counts) && !stop.raised() ? kExitOk : kExitFailed;
}

}  // namespace rappel
