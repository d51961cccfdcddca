#include "retrieve/prune.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <system_error>
#include <utility>

#include "base/cancelled.h"
#include "base/units.h"
#include "ingest/source/file_place.h"
#include "ingest/source/printable_name.h"
#include "retrieve/file_placement.h"

namespace rappel {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kPage = 1000;

struct Census {
  std::vector<KnownFile> gone;
  bool any_there = false;
};

// Looks for the files in a folder that the store knows.
Result<Census> count_files(OriginStore& origins, const fs::path& folder, const std::stop_token& stop) {
  Census census;
  const std::string name = folder == "/" ? "" : folder.string();
  std::optional<KnownFile> last;
  for (;;) {
    if (stop.stop_requested()) return request_cancelled();
    RAPPEL_ASSIGN(const auto files, origins.files_below(name, last ? &*last : nullptr, kPage));
    for (const KnownFile& file : files) {
      if (is_file_gone(file.origin.path))
        census.gone.push_back(file);
      else
        census.any_there = true;
    }
    if (files.size() < kPage) return census;
    last = files.back();
  }
}

// The nearest folder that is there, if it is empty; else nothing.
fs::path empty_folder_of(const fs::path& file) {
  std::error_code error;
  for (fs::path folder = file.parent_path(); folder != folder.root_path(); folder = folder.parent_path())
    if (fs::is_directory(folder, error)) return fs::is_empty(folder, error) && !error ? folder : fs::path();
  return {};
}

// Takes the files of empty folders, where they are many, out of `gone`, and names the first such folder.
fs::path keep_files_of_empty_folders(std::vector<KnownFile>& gone) {
  std::map<fs::path, std::size_t> numbers;
  for (const KnownFile& file : gone)
    if (const fs::path folder = empty_folder_of(file.origin.path); !folder.empty()) ++numbers[folder];
  std::erase_if(numbers, [](const auto& entry) { return entry.second < kManyFiles; });
  if (numbers.empty()) return {};
  std::erase_if(gone,
                [&](const KnownFile& file) { return numbers.contains(empty_folder_of(file.origin.path)); });
  return numbers.begin()->first;
}

Status refuse(const fs::path& folder, const std::string& finding) {
  return Status(
      Code::kFailedPrecondition,
      fmt::format("cannot remove the documents of {}: {}, as if its disk were not mounted; mount it, "
                  "or give --prune-all",
                  printable_name(folder.string()), finding));
}

Status forget(Retrieval& retrieval, const std::vector<KnownFile>& gone, bool dry_run,
              const std::function<void(const KnownFile&)>& removed) {
  if (!dry_run) return forget_files(retrieval, gone, removed);
  for (const KnownFile& file : gone) removed(file);
  return {};
}

Status prune_folder(Retrieval& retrieval, const fs::path& folder, const PruneRequest& request,
                    const std::function<void(const KnownFile&)>& removed, const std::stop_token& stop) {
  RAPPEL_ASSIGN(Census census, count_files(*retrieval.origins(), folder, stop));
  if (census.gone.empty()) return {};
  if (!census.any_there && !request.even_all)
    return refuse(folder, fmt::format("all {} are gone", count_text(census.gone.size(), "known file")));
  const fs::path empty = request.even_all ? fs::path() : keep_files_of_empty_folders(census.gone);
  RAPPEL_TRY(forget(retrieval, census.gone, request.dry_run, removed));
  return empty.empty() ? Status() : refuse(empty, "it is empty");
}

Status need_origins(Retrieval& retrieval) {
  if (retrieval.origins() != nullptr) return {};
  return Status(
      Code::kUnsupported,
      "cannot remove documents of files that are gone: the store does not keep the files that documents "
      "came from; use `rappel delete`");
}

// The change that takes files from a document that has `before`. Nothing: it is not there any more.
Result<std::optional<OriginChange>> change_without(Retrieval& retrieval, const std::string& id,
                                                   const std::vector<FileOrigin>& before,
                                                   std::span<const KnownFile> files) {
  RAPPEL_ASSIGN(DocumentPage page, retrieval.list(Filter::document(id), 0, 1));
  if (page.documents.empty()) return std::optional<OriginChange>();
  OriginChange change{.id = id};
  for (const KnownFile& file : files) change.removed.push_back(file.origin.path);
  std::vector<FileOrigin> after = before;
  std::erase_if(after, [&](const FileOrigin& origin) {
    return std::find(change.removed.begin(), change.removed.end(), origin.path) != change.removed.end();
  });
  change.metadata = std::move(page.documents[0].metadata);
  rename_sources(before, after, *change.metadata);
  return std::optional(std::move(change));
}

// Removals and changes on their way, many in one transaction.
class Forgetting {
 public:
  Forgetting(Retrieval& retrieval, const std::function<void(const KnownFile&)>& done)
      : retrieval_(retrieval), done_(done) {}

  // All files of one document that are to be forgotten.
  Status add(const std::string& id, const std::vector<KnownFile>& files) {
    RAPPEL_ASSIGN(const auto before, retrieval_.origins()->origins_of(id));
    if (before.size() > files.size()) {
      RAPPEL_ASSIGN(std::optional<OriginChange> change, change_without(retrieval_, id, before, files));
      if (change) changes_.push_back(std::move(*change));
    } else {
      whole_.ids.push_back(id);
    }
    files_.insert(files_.end(), files.begin(), files.end());
    return changes_.size() + whole_.ids.size() < kAtOnce ? Status() : flush();
  }

  Status flush() {
    if (!whole_.ids.empty()) RAPPEL_TRY(retrieval_.remove(std::exchange(whole_, {})).status());
    if (!changes_.empty()) RAPPEL_TRY(retrieval_.change_origins(std::exchange(changes_, {})));
    for (const KnownFile& file : std::exchange(files_, {})) done_(file);
    return {};
  }

 private:
  static constexpr std::size_t kAtOnce = 200;

  Retrieval& retrieval_;
  const std::function<void(const KnownFile&)>& done_;
  DeleteInput whole_;
  std::vector<OriginChange> changes_;
  std::vector<KnownFile> files_;  // of both
};

}  // namespace

Status forget_files(Retrieval& retrieval, std::span<const KnownFile> files,
                    const std::function<void(const KnownFile&)>& done) {
  std::map<std::string, std::vector<KnownFile>> by_document;
  for (const KnownFile& file : files) by_document[file.id].push_back(file);
  Forgetting forgetting(retrieval, done);
  for (const auto& [id, of_document] : by_document) RAPPEL_TRY(forgetting.add(id, of_document));
  return forgetting.flush();
}

Status prune_files(Retrieval& retrieval, const PruneRequest& request,
                   const std::function<void(const KnownFile&)>& removed, const std::stop_token& stop) {
  RAPPEL_TRY(need_origins(retrieval));
  Status refused;
  for (const fs::path& folder : request.folders) {
    const Status pruned = prune_folder(retrieval, folder, request, removed, stop);
    if (!pruned.ok() && pruned.code() != Code::kFailedPrecondition) return pruned;
    if (refused.ok()) refused = pruned;
  }
  return refused;
}

Status prune_deleted(Retrieval& retrieval, std::span<const fs::path> paths, bool dry_run,
                     const std::function<void(const KnownFile&)>& removed) {
  RAPPEL_TRY(need_origins(retrieval));
  std::map<std::pair<std::string, std::string>, KnownFile> gone;  // by path and id
  for (const fs::path& path : paths) {
    RAPPEL_ASSIGN(const auto at, retrieval.origins()->files_at(path.string()));
    for (const KnownFile& file : at)
      if (is_file_gone(file.origin.path)) gone.insert({{file.origin.path, file.id}, file});
    for (const char* const archive : {"", "!"}) {  // a folder, or the files in an archive (file_place.h)
      RAPPEL_ASSIGN(const Census below, count_files(*retrieval.origins(), path.string() + archive, {}));
      for (const KnownFile& file : below.gone) gone.insert({{file.origin.path, file.id}, file});
    }
  }
  std::vector<KnownFile> files;
  for (auto& [key, file] : gone) files.push_back(std::move(file));
  return forget(retrieval, files, dry_run, removed);
}

}  // namespace rappel
