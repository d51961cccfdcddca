#include "retrieve/prune.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <string>
#include <system_error>
#include <utility>

#include "base/units.h"
#include "ingest/source/file_place.h"
#include "ingest/source/printable_name.h"
#include "retrieve/file_sources.h"
#include "retrieve/origin_changes.h"

namespace rappel {
namespace {

namespace fs = std::filesystem;

struct Census {
  std::vector<KnownFile> gone;
  bool any_there = false;
};

// Looks for the files in a folder that the store knows.
Result<Census> count_files(OriginStore& origins, const fs::path& folder, const std::stop_token& stop) {
  Census census;
  const auto count = [&](std::span<const KnownFile> page) {
    for (const KnownFile& file : page) {
      if (is_file_gone(file.origin.path))
        census.gone.push_back(file);
      else
        census.any_there = true;
    }
    return Status();
  };
  RAPPEL_TRY(visit_files_below(origins, folder == "/" ? "" : folder.string(), count, stop));
  return census;
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

Status forget(Retrieval& retrieval, std::span<const KnownFile> gone, bool dry_run,
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

}  // namespace

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
    for (const std::string_view mark : {std::string_view(), kArchiveFolder}) {
      const fs::path folder = path.string() + std::string(mark);
      RAPPEL_ASSIGN(const Census below, count_files(*retrieval.origins(), folder, {}));
      for (const KnownFile& file : below.gone) gone.insert({{file.origin.path, file.id}, file});
    }
  }
  std::vector<KnownFile> files;
  for (auto& [key, file] : gone) files.push_back(std::move(file));
  return forget(retrieval, files, dry_run, removed);
}

Status prune_archive(Retrieval& retrieval, OriginChanges& changes, const ArchiveContents& archive,
                     bool dry_run, const std::function<void(const KnownFile&)>& removed) {
  const auto prune_page = [&](std::span<const KnownFile> page) {
    std::vector<KnownFile> others(page.begin(), page.end());
    std::erase_if(others, [&](const KnownFile& file) { return archive.files.contains(file.origin.path); });
    for (const KnownFile& file : others) changes.flush_if(file.id);
    return forget(retrieval, others, dry_run, removed);
  };
  OriginStore& origins = *retrieval.origins();
  RAPPEL_TRY(visit_files_below(origins, archive.path + std::string(kArchiveFolder), prune_page));
  if (archive.has_document) return {};
  RAPPEL_ASSIGN(const auto whole, origins.files_at(archive.path));
  return prune_page(whole);
}

}  // namespace rappel
