#include "retrieve/file_placement.h"

#include <algorithm>
#include <filesystem>

#include "base/ascii.h"
#include "ingest/source/file_document.h"
#include "ingest/source/file_place.h"
#include "ingest/source/sent.h"
#include "retrieve/file_sources.h"

namespace rappel {
namespace {

namespace fs = std::filesystem;
using Kind = PlacedFile::Kind;

std::string extension_of(const std::string& path) { return lower_case(fs::path(path).extension().string()); }

std::string content_key(const FileOrigin& origin) {
  return origin.content + "|" + origin.settings + "|" + extension_of(origin.path);
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
  if (known != nullptr && (!twin || twin->id != known->id)) RAPPEL_TRY(drop({known, 1}));
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
  const bool is_there =
      std::any_of(all.begin(), all.end(), [&](const auto& each) { return each.path == before; });
  if (!is_there) return PlacedFile{.kind = Kind::kJoin, .id = gone.id};  // its place was taken
  RAPPEL_ASSIGN(auto change, change_sources(retrieval_, gone.id, {&before, 1}, {&origin, 1}));
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

Status FilePlacement::drop(std::span<const KnownFile> files) {
  if (dry_run_) return {};
  for (const KnownFile& file : files) changes_.flush_if(file.id);
  return forget_files(retrieval_, files, [](const KnownFile&) {});
}

Status FilePlacement::leave(const FileReading& reading) {
  OriginStore* const origins = retrieval_.origins();
  const std::string& id = *reading.document.id;
  if (origins != nullptr && !reading.path.empty()) {
    RAPPEL_ASSIGN(const auto at_path, origins->files_at(reading.path));
    RAPPEL_TRY(drop(at_path));
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
  const std::string& path = reading.document.origin->path;
  if (path.starts_with(kSentPlace)) return id;  // follows from the text: what has it is the same document
  RAPPEL_ASSIGN(const auto origins, origins_of(id));
  const bool is_taken = replaced_.contains(id) ||
                        std::any_of(origins.begin(), origins.end(),
                                    [](const FileOrigin& other) { return !is_file_gone(other.path); });
  if (!is_taken) return id;
  return place_id(path, path + "\n" + reading.document.origin->content);
}

Result<std::vector<FileOrigin>> FilePlacement::origins_of(const std::string& id) {
  changes_.flush_if(id);
  return retrieval_.origins()->origins_of(id);
}

}  // namespace rappel
