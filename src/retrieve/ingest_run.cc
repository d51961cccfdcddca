#include "retrieve/ingest_run.h"

#include <algorithm>
#include <filesystem>
#include <functional>
#include <memory>
#include <new>
#include <optional>
#include <system_error>
#include <thread>
#include <unordered_set>
#include <utility>

#include "ingest/source/file_document.h"
#include "ingest/source/printable_name.h"
#include "retrieve/document_id.h"
#include "retrieve/file_placement.h"
#include "retrieve/file_reader.h"
#include "retrieve/ingest_documents.h"
#include "retrieve/ingest_tally.h"
#include "retrieve/manifest_line_reader.h"
#include "retrieve/manifest_lines.h"
#include "retrieve/origin_changes.h"
#include "retrieve/prune.h"
#include "retrieve/read_ahead.h"

namespace rappel {
namespace {

namespace fs = std::filesystem;
using Outcome = IngestItem::Outcome;

constexpr int kMemoryPause = 5;  // seconds

// Child processes do most of the reading; of them one per two CPUs runs at a time (child_reader.h).
unsigned reading_threads() { return std::clamp(std::thread::hardware_concurrency() / 2, 1u, 8u) + 1; }

std::string canonical_path(const FoundFile& file) {
  std::error_code error;
  return file.stream < 0 ? fs::canonical(file.path, error).string() : "-";
}

void add_paths(const std::vector<FileReading>& files, std::unordered_set<std::string>& paths) {
  for (const FileReading& file : files) {
    paths.insert(file.path);
    add_paths(file.inner, paths);
  }
}

// Nothing: it is no archive, or the files in it are not all known.
std::optional<ArchiveContents> contents_of(const FileReading& reading) {
  if (!reading.knows_files) return std::nullopt;
  ArchiveContents contents{
      .path = reading.path, .files = {}, .has_document = reading.kind != FileReading::Kind::kArchive};
  add_paths(reading.inner, contents.files);
  return contents;
}

// On a thread that nobody else looks after.
FileReading read_within_memory(const FileReader& reader, const FoundFile& file) {
  try {
    return reader.read(file);
  } catch (const std::bad_alloc&) {
    FileReading reading;
    reading.name = shown_name(file);
    reading.failure = Status(Code::kResourceExhausted, "memory is short").with_retry_after(kMemoryPause);
    return reading;
  }
}

class Run {
 public:
  Run(Retrieval& retrieval, const IngestSettings& settings, IngestObserver& observer,
      const std::stop_token& stop)
      : retrieval_(retrieval),
        settings_(settings),
        observer_(observer),
        stop_(stop),
        tally_(observer),
        changes_(retrieval, settings.dry_run),
        placement_(retrieval, changes_, settings.force, settings.dry_run),
        documents_(retrieval, settings, tally_, changes_, placement_, [this] { advance(); }),
        lines_(retrieval, settings, stop, placement_, documents_.ids()) {}

  IngestCounts run(const FoundFiles& found) {
    for (const auto* list : {&found.manifests, &found.texts})
      for (const FoundFile& file : *list) tally_.counts.bytes_total += file.bytes;
    for (const std::string& problem : found.problems) tally_.failed("", problem);
    for (const FoundFile& file : found.manifests) manifest(file);
    for (const SentDocument& document : found.documents) take_sent(document);
    files(found);
    documents_.finish();
    changes_.flush();
    for (const SkippedPath& path : found.skipped)
      tally_.skipped(path.kind, printable_name(path.path.string()), path.reason, path.kind == "unreadable");
    if (!stop_.stop_requested()) prune(found);
    advance();
    return tally_.counts;
  }

 private:
  void advance() {
    tally_.counts.stored = documents_.stored();
    observer_.advanced(tally_.counts);
  }

  void files(const FoundFiles& found) {
    std::vector<const FoundFile*> list;
    for (const FoundFile& file : found.texts) {
      if (file.stream < 0 && taken_by_manifest_.contains(canonical_path(file)))
        tally_.counts.bytes_done += file.bytes;
      else
        list.push_back(&file);
    }
    const FileReader reader(retrieval_, settings_, stop_);
    ReadAhead<FileReading> readings(
        {.items = list.size(),
         .budget = settings_.ahead_bytes,
         .threads = reading_threads(),
         .cost = [&](std::size_t i) { return memory_of({}) + static_cast<std::size_t>(list[i]->bytes); },
         .held = memory_of,
         .compute = [&](std::size_t i) { return read_within_memory(reader, *list[i]); }});
    for (const FoundFile* const file : list) {
      if (stop_.stop_requested()) return;
      take_all(*readings.next(), *file, reader);
      tally_.counts.bytes_done += file->bytes;
      advance();
    }
  }

  void take(FileReading reading, const FoundFile& file, const FileReader& reader) {
    switch (reading.kind) {
      case FileReading::Kind::kArchive:
      case FileReading::Kind::kCancelled: return;
      case FileReading::Kind::kFailed: return tally_.unread(reading.name, reading.failure);
      case FileReading::Kind::kUnchanged: return unchanged(reading);
      case FileReading::Kind::kScreened: return screened(reading);
      case FileReading::Kind::kSameContent:
      case FileReading::Kind::kDocument: break;
    }
    if (!reading.document.origin) return store(std::move(reading), file.named);
    auto placed = placement_.place(reading);
    if (!placed.ok()) return tally_.failed(reading.name, placed.status());
    switch ((*placed).kind) {
      case PlacedFile::Kind::kStore:
        reading.document.id = (*placed).id;
        placement_.begun(*reading.document.origin, (*placed).id);
        return store(std::move(reading), file.named);
      case PlacedFile::Kind::kChange: return change(reading.name, std::move(*placed));
      case PlacedFile::Kind::kJoin:
        return documents_.join((*placed).id, {reading.name, *reading.document.origin, file.named});
      case PlacedFile::Kind::kReadAgain: return take(reader.read(file, /*whole=*/true), file, reader);
    }
  }

  // The files in an archive come before it, so that it is stored when they are.
  void take_all(FileReading reading, const FoundFile& file, const FileReader& reader) {
    const std::optional<ArchiveContents> contents = contents_of(reading);
    for (FileReading& inner : std::exchange(reading.inner, {})) {
      if (inner.failure.code() == Code::kUnsupported)
        tally_.skipped("other type", inner.name, inner.failure.to_string(), false);
      else
        take_all(std::move(inner), {.path = file.path, .name = file.name}, reader);
    }
    if (reading.kind == FileReading::Kind::kArchive)
      tally_.warned(reading.name, reading.warnings);
    else
      take(std::move(reading), file, reader);
    if (!contents || retrieval_.origins() == nullptr || stop_.stop_requested()) return;
    const Status pruned = prune_archive(retrieval_, changes_, *contents, settings_.dry_run, told_removed());
    if (!pruned.ok()) tally_.failed(printable_name(contents->path), pruned);
  }

  void store(FileReading reading, bool is_named) {
    documents_.add({.document = std::move(reading.document),
                    .origin = std::move(reading.name),
                    .named = is_named,
                    .warnings = std::move(reading.warnings)});
  }

  void unchanged(const FileReading& reading) {
    const std::string& id = *reading.document.id;
    documents_.keep(id);
    if (!reading.document.origin) return tally_.unchanged(reading.name, id);
    changes_.add({.id = id, .added = {*reading.document.origin}},
                 [this, name = reading.name, id](const Status& status) {
                   status.ok() ? tally_.unchanged(name, id) : tally_.failed(name, status);
                 });
  }

  // An earlier version of the document does not stay either.
  void screened(const FileReading& reading) {
    if (const Status left = placement_.leave(reading); !left.ok()) return tally_.failed(reading.name, left);
    tally_.skipped("personal data", reading.name,
                   "cannot store " + reading.name + ": it has personal data, which is not to be stored",
                   false);
  }

  void change(const std::string& name, PlacedFile placed) {
    documents_.keep(placed.id);
    auto done = [this, name, id = placed.id, before = printable_name(placed.before)](const Status& status) {
      status.ok() ? tally_.moved(name, id, before) : tally_.failed(name, status);
    };
    changes_.add(std::move(*placed.change), std::move(done));
  }

  void manifest(const FoundFile& file) {
    const std::string path = canonical_path(file);
    const std::uint64_t end = tally_.counts.bytes_done + file.bytes;
    read_manifest(
        file, settings_.max_file_bytes, stop_,
        {.take = [&](const std::string& name, ManifestDocument& line) { take_line(path, name, line); },
         .failed = [&](const auto& name, const auto& message) { tally_.failed(name, message); },
         .advanced = [&](std::size_t bytes) { tally_.counts.bytes_done += bytes; }});
    if (!stop_.stop_requested()) tally_.counts.bytes_done = std::max(end, tally_.counts.bytes_done);
  }

  void take_line(const std::string& manifest, const std::string& name, ManifestDocument& line) {
    if (line.file) taken_by_manifest_.insert(line.file->string());
    FileReading reading = lines_.read(manifest, name, line);
    switch (reading.kind) {
      case FileReading::Kind::kUnchanged: return unchanged(reading);
      case FileReading::Kind::kScreened: return screened(reading);
      default: return store(std::move(reading), false);
    }
  }

  // As a line of a manifest. Its id does not change with what is found or hidden in the text.
  void take_sent(const SentDocument& sent) {
    if (stop_.stop_requested()) return;
    ManifestDocument line{.document = sent.document};
    if (!line.document.id) line.document.id = derived_id(line.document);
    take_line(std::string(kSentPlace), sent.name, line);
  }

  std::function<void(const KnownFile&)> told_removed() {
    return [this](const KnownFile& file) { tally_.removed(printable_name(file.origin.path), file.id); };
  }

  void prune(const FoundFiles& found) {
    const auto removed = told_removed();
    Status pruned;
    if (!settings_.deleted.empty())
      pruned = prune_deleted(retrieval_, settings_.deleted, settings_.dry_run, removed);
    if (pruned.ok() && settings_.prune != Prune::kNothing && !found.problems.empty())
      return tally_.failed("",
                           "cannot remove the documents of files that are gone: a named path or a folder "
                           "cannot be read (see above), so nothing is known of its files; mend that first");
    if (pruned.ok() && settings_.prune != Prune::kNothing)
      pruned = prune_files(retrieval_,
                           {.folders = found.folders,
                            .even_all = settings_.prune == Prune::kEvenAll,
                            .dry_run = settings_.dry_run},
                           removed, stop_);
    if (!pruned.ok() && pruned.code() != Code::kCancelled) tally_.failed("", pruned.to_string());
  }

  Retrieval& retrieval_;
  const IngestSettings& settings_;
  IngestObserver& observer_;
  const std::stop_token& stop_;
  std::unordered_set<std::string> taken_by_manifest_;  // links resolved
  IngestTally tally_;
  OriginChanges changes_;
  FilePlacement placement_;
  IngestDocuments documents_;
  const ManifestLineReader lines_;
};

}  // namespace

IngestCounts run_ingest(Retrieval& retrieval, const FoundFiles& found, const IngestSettings& settings,
                        IngestObserver& observer, const std::stop_token& stop) {
  return Run(retrieval, settings, observer, stop).run(found);
}

}  // namespace rappel
