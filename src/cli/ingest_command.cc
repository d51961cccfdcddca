// rappel ingest: files, folders and JSON lines of documents into the store, in batches of one transaction
// each.
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <ostream>
#include <set>

#include "cli/command.h"
#include "cli/documents_json.h"
#include "cli/ingest_files.h"
#include "cli/json_lines.h"
#include "cli/progress.h"
#include "cli/stop_signal.h"
#include "cli/workspace.h"

namespace rappel {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kBatchBytes = std::size_t{4} << 20;
constexpr std::size_t kReportedFailures = 50;

// One run over everything that was named.
class Ingest {
 public:
  Ingest(CommandContext& context, Retrieval& retrieval)
      : options_(context.options),
        err_(*context.console.err),
        retrieval_(retrieval),
        progress_(err_, context.console.err_is_terminal),
        batch_size_(static_cast<std::size_t>(options_.integer("EMBEDDING_BATCH"))),
        max_bytes_(static_cast<std::size_t>(options_.integer("RAPPEL_MAX_FILE_MB")) << 20) {}

  int run(const FoundFiles& found, std::ostream& out) {
    for (const std::string& problem : found.problems) fail(problem);
    for (const auto* list : {&found.manifests, &found.texts})
      for (const FoundFile& file : *list) bytes_total_ += file.bytes;
    for (const FoundFile& file : found.manifests) manifest(file);
    for (const FoundFile& file : found.texts) text_file(file);
    flush();
    progress_.clear();
    summary(found, out);
    if (stop_.raised())
      return fail("stopped; what is listed as stored is safe, the rest was not read"), kExitFailed;
    return failed_ == 0 ? kExitOk : kExitFailed;
  }

 private:
  struct Pending {
    DocumentInput document;
    std::string origin;  // for messages
  };

  void fail(const std::string& what) {
    if (++failed_ > kReportedFailures) return;
    progress_.clear();
    err_ << "rappel: " << what << (failed_ == kReportedFailures ? " (further failures are only counted)" : "")
         << std::endl;
  }

  void text_file(const FoundFile& file) {
    if (stop_.raised()) return;
    bytes_done_ += file.bytes;
    std::error_code error;
    if (named_by_manifest_.contains(fs::canonical(file.path, error).string())) return;
    auto document = describe_file(file);
    if (!document.ok()) return fail(document.status().to_string());
    if (unchanged(*document)) {
      ++unchanged_;
      return;
    }
    auto text = read_text_file(file.path, max_bytes_);
    if (!text.ok()) return fail(text.status().to_string());
    document->text = std::move(text).value();
    add({std::move(document).value(), file.path.string()});
  }

  // Stored before from a file of the same size and time.
  bool unchanged(const DocumentInput& document) {
    if (options_.boolean("--force")) return false;
    const auto page = retrieval_.list(Filter::equals(FilterField::kDocumentId, *document.id), 0, 1);
    if (!page.ok() || (*page).documents.empty()) return false;
    const Metadata& stored = (*page).documents[0].metadata;
    return stored.filesize == document.metadata.filesize && stored.created_at == document.metadata.created_at;
  }

  void manifest(const FoundFile& file) {
    const int descriptor = ::open(file.path.c_str(), O_RDONLY | O_CLOEXEC);
    if (descriptor < 0) return fail(file.path.string() + ": " + std::strerror(errno));
    const auto where = [&](std::size_t line) { return fmt::format("{} line {}", file.path.string(), line); };
    JsonLineReader lines(descriptor, max_bytes_, [&](std::size_t line, const std::string& problem) {
      fail(where(line) + ": " + problem);
    });
    JsonLineReader::Record record;
    while (!stop_.raised() && lines.next(&record)) {
      bytes_done_ += record.bytes + 1;
      auto document = manifest_document(file, record.object);
      if (document.ok())
        add({std::move(document).value(), where(record.line)});
      else
        lines.reject(record.line, document.status().to_string());
    }
    ::close(descriptor);
  }

  Result<DocumentInput> manifest_document(const FoundFile& manifest, const Json& object) {
    DocumentInput document;
    RAPPEL_ASSIGN(document.metadata, read_metadata(object));
    RAPPEL_ASSIGN(document.id, optional_text(object, "id"));
    if (document.id && document.id->empty()) document.id.reset();
    if (object.contains("text")) {
      RAPPEL_ASSIGN(document.text, json_string(object, "text"));
      // The same text again must not become a second document.
      if (!document.id) document.id = manifest.path.stem().string() + "-" + short_hash(document.text);
      return document;
    }
    if (!object.contains("file"))
      return Status(Code::kInvalidArgument, "member \"text\" (or \"file\") is missing");
    RAPPEL_ASSIGN(const std::string name, json_string(object, "file"));
    RAPPEL_ASSIGN(const fs::path path, path_beside(manifest.path, name));
    RAPPEL_ASSIGN(document.text, read_text_file(path, max_bytes_));
    named_by_manifest_.insert(path.string());
    document.metadata.filename = path.filename().string();
    document.metadata.filesize = static_cast<std::int64_t>(document.text.size());
    if (!document.id) document.id = path.filename().string() + "-" + short_hash(path.string());
    return document;
  }

  // A manifest may come from someone else: it speaks of files in its own folder only.
  static Result<fs::path> path_beside(const fs::path& manifest, const std::string& name) {
    std::error_code error;
    const fs::path root = fs::canonical(fs::absolute(manifest).parent_path(), error);
    const fs::path path = error ? fs::path() : fs::canonical(root / name, error);
    if (error) return Status(Code::kNotFound, "file " + name + ": cannot be read", error.message());
    const fs::path relative = path.lexically_relative(root);
    if (relative.empty() || *relative.begin() == "..")
      return Status(Code::kInvalidArgument, "file " + name + ": lies outside the folder of the manifest");
    return path;
  }

  void add(Pending pending) {
    pending_bytes_ += pending.document.text.size();
    pending_.push_back(std::move(pending));
    if (pending_.size() >= batch_size_ || pending_bytes_ >= kBatchBytes) flush();
  }

  // One transaction for the batch; when it is refused, each document on its own, so that only the bad one is
  // lost.
  void flush() {
    if (pending_.empty()) return;
    std::vector<DocumentInput> documents;
    for (const Pending& pending : pending_) documents.push_back(pending.document);
    auto stored = retrieval_.upsert(std::move(documents));
    if (stored.ok()) {
      stored_ += pending_.size();
    } else if (pending_.size() == 1) {
      fail(pending_[0].origin + ": " + stored.status().to_string());
    } else {
      for (Pending& pending : pending_) {
        const auto one = retrieval_.upsert({std::move(pending.document)});
        if (one.ok())
          ++stored_;
        else
          fail(pending.origin + ": " + one.status().to_string());
      }
    }
    pending_.clear();
    pending_bytes_ = 0;
    progress_.show(fmt::format("{} documents", stored_), bytes_done_, bytes_total_, bytes_done_);
  }

  void summary(const FoundFiles& found, std::ostream& out) {
    std::size_t skipped = 0;
    std::string reasons;
    for (const auto& [reason, count] : found.skipped) {
      skipped += count;
      reasons += fmt::format("{}{} {}", reasons.empty() ? "" : ", ", count, reason);
    }
    out << fmt::format("{} documents stored, {} unchanged, {} failed, {} files skipped{} in {:.1f} s\n",
                       stored_, unchanged_, failed_, skipped, reasons.empty() ? "" : " (" + reasons + ")",
                       progress_.seconds());
    if (const auto stats = retrieval_.stats(); stats.ok())
      out << fmt::format("the store now holds {} documents in {} chunks\n", (*stats).documents,
                         (*stats).chunks);
  }

  const Options& options_;
  std::ostream& err_;
  Retrieval& retrieval_;
  StopSignal stop_;
  Progress progress_;
  std::size_t batch_size_;
  std::size_t max_bytes_;
  std::set<std::string> named_by_manifest_;  // canonical paths
  std::vector<Pending> pending_;
  std::size_t pending_bytes_ = 0;
  std::uint64_t bytes_done_ = 0, bytes_total_ = 0;
  std::size_t stored_ = 0, unchanged_ = 0, failed_ = 0;
};

}  // namespace

int run_ingest(CommandContext& context) {
  const FoundFiles found = find_files(context.arguments);
  const auto workspace = Workspace::open(context, {.chunking = true});
  if (!workspace.ok()) return context.console.fail(kExitUsage, workspace.status());
  return Ingest(context, (*workspace)->retrieval()).run(found, *context.console.out);
}

}  // namespace rappel
