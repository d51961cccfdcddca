#include "retrieve/ingest_run.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <optional>
#include <system_error>
#include <thread>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "codec/sha256.h"
#include "ingest/screen/text_judge.h"
#include "ingest/source/file_document.h"
#include "ingest/source/given_metadata.h"
#include "ingest/source/printable_name.h"
#include "retrieve/document_id.h"
#include "retrieve/file_placement.h"
#include "retrieve/file_reader.h"
#include "retrieve/ingest_batches.h"
#include "retrieve/ingest_tally.h"
#include "retrieve/manifest_lines.h"
#include "retrieve/origin_changes.h"
#include "retrieve/prune.h"
#include "retrieve/read_ahead.h"
#include "retrieve/text_fingerprint.h"
#include "store/metadata_json.h"

namespace rappel {
namespace {

namespace fs = std::filesystem;
using Outcome = IngestItem::Outcome;

// Child processes do most of the reading; of them one per two CPUs runs at a time (child_reader.h).
unsigned reading_threads() { return std::clamp(std::thread::hardware_concurrency() / 2, 1u, 8u) + 1; }

std::string canonical_path(const FoundFile& file) {
  std::error_code error;
  return file.stream < 0 ? fs::canonical(file.path, error).string() : "-";
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
        batches_(
            retrieval, {settings.batch_documents, settings.batch_bytes, settings.dry_run},
            [this](const auto& pending, const Status& status, bool stored) {
              settle(pending, status, stored);
            },
            [this] { advance(); }) {}

  IngestCounts run(const FoundFiles& found) {
    for (const auto* list : {&found.manifests, &found.texts})
      for (const FoundFile& file : *list) tally_.counts.bytes_total += file.bytes;
    for (const std::string& problem : found.problems) tally_.failed("", problem);
    for (const FoundFile& file : found.manifests) manifest(file);
    files(found);
    batches_.finish();
    changes_.flush();
    for (const SkippedPath& path : found.skipped)
      tally_.skipped(path.kind, printable_name(path.path.string()), path.reason, path.kind == "unreadable");
    if (!stop_.stop_requested()) prune(found);
    advance();
    return tally_.counts;
  }

 private:
  void advance() {
    tally_.counts.stored = stored_.size();
    observer_.advanced(tally_.counts);
  }
  void fail(const std::string& name, const Status& status) {
    tally_.failed(name, name + ": " + status.to_string());
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
         .compute = [&](std::size_t i) { return reader.read(*list[i]); }});
    for (const FoundFile* const file : list) {
      if (stop_.stop_requested()) return;
      take(*readings.next(), *file, reader);
      tally_.counts.bytes_done += file->bytes;
      advance();
    }
  }

  void take(FileReading reading, const FoundFile& file, const FileReader& reader) {
    switch (reading.kind) {
      case FileReading::Kind::kArchive: return take_archive(std::move(reading), file, reader);
      case FileReading::Kind::kCancelled: return;
      case FileReading::Kind::kFailed: return tally_.failed(reading.name, reading.failure.to_string());
      case FileReading::Kind::kUnchanged: return unchanged(reading);
      case FileReading::Kind::kScreened: return screened(reading);
      case FileReading::Kind::kSameContent:
      case FileReading::Kind::kDocument: break;
    }
    if (!reading.document.origin) return store(std::move(reading), file.named);
    auto placed = placement_.place(reading);
    if (!placed.ok()) return fail(reading.name, placed.status());
    switch ((*placed).kind) {
      case PlacedFile::Kind::kStore:
        reading.document.id = (*placed).id;
        placement_.begun(*reading.document.origin, (*placed).id);
        return store(std::move(reading), file.named);
      case PlacedFile::Kind::kChange: return change(reading.name, std::move(*placed));
      case PlacedFile::Kind::kJoin:
        return join((*placed).id, {reading.name, *reading.document.origin, file.named});
      case PlacedFile::Kind::kReadAgain: return take(reader.read(file, /*whole=*/true), file, reader);
    }
  }

  void take_archive(FileReading archive, const FoundFile& file, const FileReader& reader) {
    std::unordered_set<std::string> there;
    for (FileReading& inner : archive.inner) {
      there.insert(inner.path);
      if (inner.failure.code() == Code::kUnsupported)
        tally_.skipped("other type", inner.name, inner.failure.to_string(), false);
      else
        take(std::move(inner), {.path = file.path, .name = file.name}, reader);
    }
    tally_.warned(archive.name, archive.warnings);
    if (settings_.dry_run || stop_.stop_requested() || retrieval_.origins() == nullptr) return;
    const Status forgotten = forget_others(archive.path, there);
    if (!forgotten.ok()) fail(archive.name, forgotten);
  }

  // Files that were in an archive and are not in it any more, and the archive as one document.
  Status forget_others(const std::string& archive, const std::unordered_set<std::string>& there) {
    constexpr std::size_t kMost = 100'000;
    changes_.flush();
    RAPPEL_ASSIGN(std::vector<KnownFile> others,
                  retrieval_.origins()->files_below(archive + "!", nullptr, kMost));
    std::erase_if(others, [&](const KnownFile& file) { return there.contains(file.origin.path); });
    RAPPEL_ASSIGN(const auto whole, retrieval_.origins()->files_at(archive));
    others.insert(others.end(), whole.begin(), whole.end());
    return forget_files(retrieval_, others, [&](const KnownFile& file) {
      tally_.removed(printable_name(file.origin.path), file.id);
    });
  }

  void store(FileReading reading, bool is_named) {
    add({.document = std::move(reading.document),
         .origin = std::move(reading.name),
         .named = is_named,
         .warnings = std::move(reading.warnings)});
  }

  void unchanged(const FileReading& reading) {
    const std::string& id = *reading.document.id;
    ids_.insert(id);
    if (!reading.document.origin) return tally_.unchanged(reading.name, id);
    changes_.add({.id = id, .added = {*reading.document.origin}},
                 [this, name = reading.name, id](const Status& status) {
                   status.ok() ? tally_.unchanged(name, id) : fail(name, status);
                 });
  }

  // An earlier version of the document does not stay either.
  void screened(const FileReading& reading) {
    if (const Status left = placement_.leave(reading); !left.ok()) return fail(reading.name, left);
    tally_.skipped("personal data", reading.name,
                   "cannot store " + reading.name + ": it has personal data, which is not to be stored",
                   false);
  }

  void change(const std::string& name, PlacedFile placed) {
    ids_.insert(placed.id);
    auto done = [this, name, id = placed.id, before = printable_name(placed.before)](const Status& status) {
      status.ok() ? tally_.moved(name, id, before) : fail(name, status);
    };
    changes_.add(std::move(*placed.change), std::move(done));
  }

  // A file with the content of another one.
  struct Copy {
    std::string name;
    FileOrigin origin;
    bool named;
  };

  void join(const std::string& id, Copy copy) {
    ids_.insert(id);
    if (unsettled_.contains(id)) return copies_[id].push_back(std::move(copy));
    changes_.join(id, std::move(copy.origin), [this, id, name = copy.name](const Status& status) {
      status.ok() ? tally_.copied(name, id) : fail(name, status);
    });
  }

  void manifest(const FoundFile& file) {
    const std::string path = canonical_path(file);
    read_manifest(
        file, settings_.max_file_bytes, stop_,
        {.take = [&](const std::string& name, ManifestDocument& line) { take_line(path, name, line); },
         .failed = [&](const auto& name, const auto& message) { tally_.failed(name, message); },
         .advanced = [&](std::size_t bytes) { tally_.counts.bytes_done += bytes; }});
  }

  void take_line(const std::string& manifest, const std::string& name, ManifestDocument& line) {
    if (line.file) taken_by_manifest_.insert(line.file->string());
    DocumentInput& document = line.document;
    FileOrigin origin{manifest, document.metadata.source_id.value_or(""), derived_id(document),
                      line_settings(), text_fingerprint(document.text)};
    if (const auto id = id_of_stored(document, origin))
      return unchanged({.name = name, .document = {.id = *id}});
    if (settings_.extract_metadata) {
      Metadata all = judged_metadata(document.text, settings_.judge.get(), stop_, line.warnings);
      overlay(document.metadata, all);
      document.metadata = std::move(all);
    }
    overlay(settings_.metadata, document.metadata);
    const bool may_stay =
        judged_screening(settings_.screening, document.text, settings_.judge.get(), stop_, line.warnings);
    if (!document.id) document.id = id_of(line);
    if (!may_stay) return screened({.name = name, .document = std::move(document)});
    if (retrieval_.origins() != nullptr) document.origin = std::make_shared<FileOrigin>(std::move(origin));
    add({.document = std::move(document), .origin = name, .warnings = std::move(line.warnings)});
  }

  // A hash of everything besides the line that its document follows from.
  std::string line_settings() const {
    if (!settings_.extract_metadata && settings_.metadata == Metadata() &&
        settings_.screening == Screening::kOff)
      return "";
    return sha256_hex(fmt::format("{}\n{} {} {}", dump_json(metadata_json(settings_.metadata)),
                                  settings_.extract_metadata, static_cast<int>(settings_.screening),
                                  settings_.judge != nullptr));
  }

  // The document of a line that is stored as it is. Not after another line of its id: that one is stored
  // then.
  std::optional<std::string> id_of_stored(const DocumentInput& document, const FileOrigin& origin) {
    if (retrieval_.origins() == nullptr || settings_.force) return std::nullopt;
    const auto known = retrieval_.origins()->files_with(origin.content);
    if (!known.ok()) return std::nullopt;
    for (const KnownFile& line : *known)
      if (line.origin.settings == origin.settings && !ids_.contains(line.id) &&
          (!document.id || *document.id == line.id))
        return line.id;
    return std::nullopt;
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
      tally_.skipped("same id", pending.origin,
                     fmt::format("{} replaces an earlier document of the id {}", pending.origin, id), false);
      batches_.replace(id);
    }
    if (!similar_ && pending.document.origin) load_fingerprints();
    placement_.replaces(id);
    unsettled_.insert(id);
    batches_.add(std::move(pending));
  }

  void settle(const PendingDocument& pending, const Status& status, bool stored) {
    const std::string& id = *pending.document.id;
    unsettled_.erase(id);
    if (stored)
      stored_.insert(id);
    else
      stored_.erase(id);
    report(pending, pending.origin, pending.named, status, stored);
    if (!stored && pending.document.origin) placement_.failed(*pending.document.origin);
    const auto copies = copies_.extract(id);
    if (copies.empty()) return;
    for (Copy& copy : copies.mapped()) {
      if (stored)
        join(id, std::move(copy));
      else
        report(pending, copy.name, copy.named, status, false);
    }
  }

  void report(const PendingDocument& pending, const std::string& name, bool is_named, const Status& status,
              bool stored) {
    if (!status.ok()) return fail(name, status);
    if (stored)
      return tally_.stored(name, *pending.document.id, pending.warnings, find_similar(pending.document));
    if (pending.blank)
      return tally_.skipped("empty", name, "cannot store " + name + ": its text is empty", is_named);
    tally_.skipped("too short", name,
                   fmt::format("cannot store {}: its text has no more than {} characters "
                               "(MIN_CHUNK_LENGTH_TO_EMBED)",
                               name, retrieval_.options().chunk.min_document),
                   is_named);
  }

  // Before the first document of this run is stored.
  void load_fingerprints() {
    similar_.emplace();
    const Status read = retrieval_.origins()->visit_fingerprints(
        [&](std::uint64_t fingerprint, std::string_view id) { similar_->add(fingerprint, id); });
    if (!read.ok()) tally_.failed("", "cannot look for texts that are nearly the same: " + read.to_string());
  }

  std::vector<std::string> find_similar(const DocumentInput& document) {
    if (!similar_ || !document.origin || !document.origin->fingerprint) return {};
    constexpr std::size_t kNamed = 3;
    auto near = similar_->near(*document.origin->fingerprint, *document.id, kNamed);
    similar_->add(*document.origin->fingerprint, *document.id);
    return near;
  }

  void prune(const FoundFiles& found) {
    const auto removed = [&](const KnownFile& file) {
      tally_.removed(printable_name(file.origin.path), file.id);
    };
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
  std::unordered_set<std::string> ids_;                // of all documents so far
  std::unordered_set<std::string> stored_;
  std::unordered_set<std::string> unsettled_;                  // ids of documents on their way into the store
  std::unordered_map<std::string, std::vector<Copy>> copies_;  // of those documents
  std::optional<NearTexts> similar_;                           // of all documents
  IngestTally tally_;
  OriginChanges changes_;
  FilePlacement placement_;
  IngestBatches batches_;  // last: its upserts end before the members above
};

}  // namespace

const char* outcome_name(Outcome outcome) {
  switch (outcome) {
    case Outcome::kStored: return "stored";
    case Outcome::kUnchanged: return "unchanged";
    case Outcome::kMoved: return "moved";
    case Outcome::kCopy: return "copy";
    case Outcome::kRemoved: return "removed";
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
