#include "retrieve/ingest_run.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <optional>
#include <system_error>
#include <thread>
#include <unordered_set>
#include <utility>

#include "base/os/file.h"
#include "codec/json_lines.h"
#include "ingest/screen/text_metadata.h"
#include "ingest/source/file_document.h"
#include "ingest/source/given_metadata.h"
#include "ingest/source/manifest.h"
#include "ingest/source/printable_name.h"
#include "retrieve/document_id.h"
#include "retrieve/file_reader.h"
#include "retrieve/ingest_batches.h"
#include "retrieve/read_ahead.h"

namespace rappel {
namespace {

namespace fs = std::filesystem;
using Outcome = IngestItem::Outcome;

// Child processes do most of the reading; of them one per two CPUs runs at a time (child_reader.h).
unsigned reading_threads() { return std::clamp(std::thread::hardware_concurrency() / 2, 1u, 8u) + 1; }

class Run {
 public:
  Run(Retrieval& retrieval, const IngestSettings& settings, IngestObserver& observer,
      const std::stop_token& stop)
      : retrieval_(retrieval),
        settings_(settings),
        observer_(observer),
        stop_(stop),
        batches_(
            retrieval, {settings.batch_documents, settings.batch_bytes, settings.dry_run},
            [this](const auto& pending, const Status& status, bool stored) {
              settle(pending, status, stored);
            },
            [this] { advance(); }) {}

  IngestCounts run(const FoundFiles& found) {
    for (const auto* list : {&found.manifests, &found.texts})
      for (const FoundFile& file : *list) counts_.bytes_total += file.bytes;
    for (const std::string& problem : found.problems) fail("", problem);
    for (const FoundFile& file : found.manifests) manifest(file);
    files(found);
    batches_.finish();
    for (const SkippedPath& path : found.skipped)
      skip(path.kind, printable_name(path.path.string()), path.reason, path.kind == "unreadable");
    advance();
    return counts_;
  }

 private:
  void advance() {
    counts_.stored = stored_.size();
    observer_.advanced(counts_);
  }
  void fail(const std::string& name, const std::string& message) {
    ++counts_.failed;
    observer_.failed(message);
    observer_.finished({.outcome = Outcome::kFailed, .name = name, .reason = message});
  }
  void skip(const std::string& kind, const std::string& name, const std::string& message, bool unexpected) {
    ++counts_.skipped;
    if (unexpected) ++counts_.named_skipped;
    observer_.skipped(kind, message);
    observer_.finished({.outcome = Outcome::kSkipped, .name = name, .kind = kind, .reason = message});
  }
  void warn(const std::string& message) {
    ++counts_.warnings;
    observer_.warned(message);
  }
  void unchanged(const std::string& name, const std::string& id) {
    ++counts_.unchanged;
    ids_.insert(id);
    observer_.finished({.outcome = Outcome::kUnchanged, .name = name, .document_id = id});
  }

  void files(const FoundFiles& found) {
    std::vector<const FoundFile*> list;
    for (const FoundFile& file : found.texts) {
      std::error_code error;
      if (file.stream < 0 && taken_by_manifest_.contains(fs::canonical(file.path, error).string()))
        counts_.bytes_done += file.bytes;
      else
        list.push_back(&file);
    }
    const FileReader reader(retrieval_, settings_, stop_);
    constexpr std::size_t kLeast = 16384;  // a file takes some memory besides its text
    ReadAhead<FileReading> readings(
        {.items = list.size(),
         .budget = settings_.ahead_bytes,
         .threads = reading_threads(),
         .cost = [&](std::size_t i) { return kLeast + static_cast<std::size_t>(list[i]->bytes); },
         .held =
             [](const FileReading& reading) {
               return kLeast + reading.document.text.size() + reading.document.outline.memory();
             },
         .compute = [&](std::size_t i) { return reader.read(*list[i]); }});
    for (const FoundFile* const file : list) {
      if (stop_.stop_requested()) return;
      take(*file, *readings.next());
      counts_.bytes_done += file->bytes;
      advance();
    }
  }

  void take(const FoundFile& file, FileReading reading) {
    const std::string name = shown_name(file);
    switch (reading.kind) {
      case FileReading::Kind::kCancelled: return;
      case FileReading::Kind::kFailed: return fail(name, reading.failure.to_string());
      case FileReading::Kind::kUnchanged: return unchanged(name, *reading.document.id);
      case FileReading::Kind::kScreened: return screened(name, *reading.document.id);
      case FileReading::Kind::kDocument:
        return add({.document = std::move(reading.document),
                    .origin = name,
                    .named = file.named,
                    .warnings = std::move(reading.warnings)});
    }
  }

  // An earlier version of the document does not stay either.
  void screened(const std::string& name, const std::string& id) {
    if (!settings_.dry_run) {
      const auto removed = retrieval_.remove({.ids = {id}, .filter = {}, .delete_all = false});
      if (!removed.ok()) return fail(name, name + ": " + removed.status().to_string());
    }
    skip("personal data", name, "cannot store " + name + ": it has personal data, which is not to be stored",
         false);
  }

  void manifest(const FoundFile& file) {
    if (stop_.stop_requested()) return;
    std::optional<Fd> opened;
    if (file.stream < 0) {
      auto regular = open_regular_file(file.path);
      if (!regular.ok()) return fail(shown_name(file), regular.status().to_string());
      opened = std::move(regular).value();
    }
    const auto where = [name = shown_name(file)](std::size_t line) {
      return fmt::format("{} line {}", name, line);
    };
    JsonLineReader lines(opened ? opened->get() : file.stream, settings_.max_file_bytes,
                         [&](std::size_t line, const std::string& problem) {
                           fail(where(line), where(line) + ": " + problem);
                         });
    JsonLineReader::Record record;
    while (!stop_.stop_requested() && lines.next(&record)) {
      counts_.bytes_done += record.bytes + 1;
      auto line = manifest_document(file.path, record.object, settings_.max_file_bytes, stop_);
      if (line.status().code() == Code::kCancelled) return;
      if (!line.ok()) {
        lines.reject(record.line, line.status().to_string());
        continue;
      }
      take_line(where(record.line), *line);
    }
  }

  void take_line(const std::string& name, ManifestDocument& line) {
    if (line.file) taken_by_manifest_.insert(line.file->string());
    DocumentInput& document = line.document;
    if (settings_.extract_metadata) {
      Metadata all = text_metadata(document.text);
      overlay(document.metadata, all);
      document.metadata = std::move(all);
    }
    overlay(settings_.metadata, document.metadata);
    const bool may_stay = screen_text(settings_.screening, document.text, line.warnings);
    if (!document.id) document.id = id_of(line);
    if (!may_stay) return screened(name, *document.id);
    add({.document = std::move(document), .origin = name, .warnings = std::move(line.warnings)});
  }

  // The id of a line without one. Equal texts had one former id: only the first of them keeps it.
  std::string id_of(const ManifestDocument& line) {
    if (!ids_.contains(line.former_id)) {
      const auto page = retrieval_.list(Filter::document(line.former_id), 0, 1);
      if (page.ok() && !(*page).documents.empty()) return line.former_id;
    }
    return derived_id(line.document);
  }

  void add(PendingDocument pending) {
    const std::string& id = *pending.document.id;
    if (!ids_.insert(id).second) {
      skip("same id", pending.origin,
           fmt::format("{} replaces an earlier document of the id {}", pending.origin, id), false);
      batches_.replace(id);
    }
    batches_.add(std::move(pending));
  }

  void settle(const PendingDocument& pending, const Status& status, bool stored) {
    const std::string& id = *pending.document.id;
    if (!status.ok()) return fail(pending.origin, pending.origin + ": " + status.to_string());
    if (stored) {
      stored_.insert(id);
      for (const std::string& warning : pending.warnings) warn(pending.origin + ": " + warning);
      return observer_.finished({.outcome = Outcome::kStored,
                                 .name = pending.origin,
                                 .document_id = id,
                                 .warnings = pending.warnings});
    }
    stored_.erase(id);
    if (pending.blank)
      return skip("empty", pending.origin, "cannot store " + pending.origin + ": its text is empty",
                  pending.named);
    skip("too short", pending.origin,
         fmt::format("cannot store {}: its text has no more than {} characters (MIN_CHUNK_LENGTH_TO_EMBED)",
                     pending.origin, retrieval_.options().chunk.min_document),
         pending.named);
  }

  Retrieval& retrieval_;
  const IngestSettings& settings_;
  IngestObserver& observer_;
  const std::stop_token& stop_;
  std::unordered_set<std::string> taken_by_manifest_;  // links resolved
  std::unordered_set<std::string> ids_;                // of all documents so far
  std::unordered_set<std::string> stored_;
  IngestCounts counts_;
  IngestBatches batches_;  // last: its upserts end before the members above
};

}  // namespace

const char* outcome_name(Outcome outcome) {
  switch (outcome) {
    case Outcome::kStored: return "stored";
    case Outcome::kUnchanged: return "unchanged";
    case Outcome::kSkipped: return "skipped";
    case Outcome::kFailed: return "failed";
  }
  return "";
}

IngestCounts run_ingest(Retrieval& retrieval, const FoundFiles& found, const IngestSettings& settings,
                        IngestObserver& observer, const std::stop_token& stop) {
  return Run(retrieval, settings, observer, stop).run(found);
}

}  // namespace rappel
