#include "retrieve/file_placement.h"

#include <algorithm>
#include <filesystem>

#include "base/ascii.h"
#include "ingest/source/file_document.h"
#include "ingest/source/file_place.h"
#include "ingest/source/printable_name.h"

namespace rappel {
namespace {

namespace fs = std::filesystem;
using Kind = PlacedFile::Kind;

std::string extension_of(const std::string& path) { return lower_case(fs::path(path).extension().string()); }

std::string content_key(const FileOrigin& origin) {
  return origin.content + "|" + origin.settings + "|" + extension_of(origin.path);
}

std::string filename_of(const FileOrigin& origin) {
  return printable_name(fs::path(origin.path).filename().string());
}

// The value of kCopiesKey for these files.
std::vector<std::string> copies_of(std::span<const FileOrigin> origins, const Metadata& metadata) {
  std::vector<std::string> names;
  if (origins.size() < 2) return names;
  for (const FileOrigin& origin : origins)
    if (origin.name != metadata.source_id) names.push_back(origin.name);
  std::sort(names.begin(), names.end());
  if (names.size() > kMostCopies) names.resize(kMostCopies);
  return names;
}

bool holds(std::span<const FileOrigin> origins, const std::string& path) {
  return std::any_of(origins.begin(), origins.end(), [&](const auto& each) { return each.path == path; });
}

std::vector<FileOrigin> without(std::vector<FileOrigin> origins, const std::string& path) {
  std::erase_if(origins, [&](const FileOrigin& origin) { return origin.path == path; });
  return origins;
}

std::vector<FileOrigin> with(std::vector<FileOrigin> origins, const FileOrigin& added) {
  origins = without(std::move(origins), added.path);
  origins.push_back(added);
  return origins;
}

}  // namespace

bool is_same_content(const FileOrigin& a, const FileOrigin& b) {
  return a.content == b.content && a.settings == b.settings && extension_of(a.path) == extension_of(b.path);
}

void rename_sources(std::span<const FileOrigin> before, std::span<const FileOrigin> after,
                    Metadata& metadata) {
  const std::vector<std::string> old_copies = copies_of(before, metadata);
  for (const FileOrigin& gone : before) {
    if (after.empty() || holds(after, gone.path)) continue;
    const bool named = metadata.source_id == gone.name;
    if (named && metadata.filename == filename_of(gone)) metadata.filename = filename_of(after.back());
    if (named) metadata.source_id = after.back().name;
  }
  const auto copies = metadata.custom.find(kCopiesKey);
  if (copies != metadata.custom.end() && !(copies->second == MetadataValue(old_copies))) return;
  const std::vector<std::string> new_copies = copies_of(after, metadata);
  if (new_copies.empty())
    metadata.custom.erase(kCopiesKey);
  else
    metadata.custom[kCopiesKey] = new_copies;
}

Result<PlacedFile> FilePlacement::place(FileReading& reading) {
  const FileOrigin& origin = *reading.document.origin;
  RAPPEL_ASSIGN(const auto at_path, retrieval_.origins()->files_at(origin.path));
  const KnownFile* const known = at_path.empty() ? nullptr : &at_path.front();
  std::vector<FileOrigin> others;
  if (known != nullptr) {
    RAPPEL_ASSIGN(others, origins_of(known->id));
    others = without(std::move(others), origin.path);
  }
  RAPPEL_ASSIGN(std::optional<PlacedFile> twin, find_twin(origin, known));
  if (!twin && known != nullptr && (others.empty() || is_same_content(known->origin, origin)))
    return stay(reading, *known, std::move(others));
  if (!twin && reading.kind == FileReading::Kind::kSameContent) return PlacedFile{.kind = Kind::kReadAgain};
  if (known != nullptr && (!twin || twin->id != known->id)) RAPPEL_TRY(leave(*known, others));
  if (twin) return std::move(*twin);
  RAPPEL_ASSIGN(std::string id, new_id(reading));
  return PlacedFile{.kind = Kind::kStore, .id = std::move(id)};
}

// The document of another file of the same content: of this run, or in the store.
Result<std::optional<PlacedFile>> FilePlacement::find_twin(const FileOrigin& origin, const KnownFile* known) {
  if (const auto begun = begun_.find(content_key(origin)); begun != begun_.end())
    return std::optional(PlacedFile{.kind = Kind::kJoin, .id = begun->second});
  if (force_) return std::optional<PlacedFile>();
  RAPPEL_ASSIGN(auto twins, retrieval_.origins()->files_with(origin.content));
  std::erase_if(twins, [&](const KnownFile& twin) {
    return !is_same_content(twin.origin, origin) || (known != nullptr && twin.id == known->id) ||
           replaced_.contains(twin.id);
  });
  if (twins.empty()) return std::optional<PlacedFile>();
  const auto gone = std::find_if(twins.begin(), twins.end(),
                                 [](const KnownFile& twin) { return is_file_gone(twin.origin.path); });
  if (gone == twins.end()) return std::optional(PlacedFile{.kind = Kind::kJoin, .id = twins.front().id});
  RAPPEL_ASSIGN(PlacedFile moved, take_place(*gone, origin));
  return std::optional(std::move(moved));
}

// A file that was renamed.
Result<PlacedFile> FilePlacement::take_place(const KnownFile& gone, const FileOrigin& origin) {
  const std::string& before = gone.origin.path;
  RAPPEL_ASSIGN(const auto all, origins_of(gone.id));
  if (!holds(all, before)) return PlacedFile{.kind = Kind::kJoin, .id = gone.id};  // its place was taken
  OriginChange change{.id = gone.id, .removed = {before}, .added = {origin}};
  RAPPEL_ASSIGN(change.metadata, metadata_of(gone.id));
  if (change.metadata) rename_sources(all, with(without(all, before), origin), *change.metadata);
  return PlacedFile{.kind = Kind::kChange, .id = gone.id, .change = std::move(change), .before = before};
}

// The file keeps its document. `others`: of the same content.
Result<PlacedFile> FilePlacement::stay(FileReading& reading, const KnownFile& known,
                                       std::vector<FileOrigin> others) {
  const FileOrigin& origin = *reading.document.origin;
  const bool same_text = !force_ && known.origin.content == origin.content;
  if (same_text && others.empty() && !replaced_.contains(known.id))
    return PlacedFile{
        .kind = Kind::kChange,
        .id = known.id,
        .change = OriginChange{.id = known.id, .metadata = reading.document.metadata, .added = {origin}}};
  if (!others.empty()) rename_sources({}, with(std::move(others), origin), reading.document.metadata);
  return PlacedFile{.kind = Kind::kStore, .id = known.id};
}

Status FilePlacement::leave(const KnownFile& known, const std::vector<FileOrigin>& others) {
  if (dry_run_) return {};
  if (others.empty())
    return retrieval_.remove({.ids = {known.id}, .filter = {}, .delete_all = false}).status();
  OriginChange change{.id = known.id, .removed = {known.origin.path}};
  RAPPEL_ASSIGN(change.metadata, metadata_of(known.id));
  if (change.metadata) rename_sources(with(others, known.origin), others, *change.metadata);
  return retrieval_.change_origins({&change, 1});
}

Status FilePlacement::leave(const FileReading& reading) {
  OriginStore* const origins = retrieval_.origins();
  const std::string& id = *reading.document.id;
  if (origins != nullptr && !reading.path.empty()) {
    RAPPEL_ASSIGN(const auto at_path, origins->files_at(reading.path));
    for (const KnownFile& known : at_path) {
      RAPPEL_ASSIGN(const auto all, origins_of(known.id));
      RAPPEL_TRY(leave(known, without(all, reading.path)));
    }
    RAPPEL_ASSIGN(const auto others, origins_of(id));
    if (!others.empty()) return {};  // the document of another file
  }
  if (dry_run_) return {};
  return retrieval_.remove({.ids = {id}, .filter = {}, .delete_all = false}).status();
}

void FilePlacement::begun(const FileOrigin& origin, const std::string& id) {
  begun_.insert_or_assign(content_key(origin), id);
}

void FilePlacement::failed(const FileOrigin& origin) { begun_.erase(content_key(origin)); }

// The id of a place may be that of a document which went away with a file that was renamed.
Result<std::string> FilePlacement::new_id(const FileReading& reading) {
  const std::string& id = *reading.document.id;
  RAPPEL_ASSIGN(const auto origins, origins_of(id));
  const bool is_taken = replaced_.contains(id) ||
                        std::any_of(origins.begin(), origins.end(),
                                    [](const FileOrigin& other) { return !is_file_gone(other.path); });
  if (!is_taken) return id;
  const std::string& path = reading.document.origin->path;
  return place_id(path, path + "\n" + reading.document.origin->content);
}

Result<std::vector<FileOrigin>> FilePlacement::origins_of(const std::string& id) {
  changes_.flush_if(id);
  return retrieval_.origins()->origins_of(id);
}

Result<std::optional<Metadata>> FilePlacement::metadata_of(const std::string& id) {
  RAPPEL_ASSIGN(DocumentPage page, retrieval_.list(Filter::document(id), 0, 1));
  if (page.documents.empty()) return std::optional<Metadata>();
  return std::optional(std::move(page.documents[0].metadata));
}

}  // namespace rappel
