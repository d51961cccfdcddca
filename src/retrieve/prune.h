// Prune: the store forgets files that are no longer there.
#pragma once

#include <filesystem>
#include <functional>
#include <span>
#include <stop_token>
#include <string>
#include <unordered_set>
#include <vector>

#include "base/status.h"
#include "retrieve/retrieval.h"
#include "store/file_origin.h"

namespace rappel {

class OriginChanges;

struct PruneRequest {
  std::vector<std::filesystem::path> folders;  // links resolved; only files in them are looked at
  bool even_all = false;                       // without the two refusals below
  bool dry_run = false;                        // only report
};

// A file is gone if nothing is at its path. A file that is there, but is not ingested any more because of a
// rule, stays. `removed` is told of each file that is forgotten.
//
// A disk that is not mounted must not look like deleted files. Therefore nothing of a folder is forgotten,
// and kFailedPrecondition says so, where every known file of it is gone. Neither are the files of a folder in
// it that is there, but empty, and had at least kManyFiles files; kFailedPrecondition comes after all others
// are forgotten. Also errors of the store.
Status prune_files(Retrieval& retrieval, const PruneRequest& request,
                   const std::function<void(const KnownFile&)>& removed, const std::stop_token& stop);

inline constexpr std::size_t kManyFiles = 10;

// Forgets the files at and below these paths that are gone: someone saw that they were deleted.
Status prune_deleted(Retrieval& retrieval, std::span<const std::filesystem::path> paths, bool dry_run,
                     const std::function<void(const KnownFile&)>& removed);

// The files in an archive, or attached to a mail, that are documents of their own.
struct ArchiveContents {
  std::string path;                       // of the archive
  std::unordered_set<std::string> files;  // as FileOrigin::path, at any depth
  bool has_document = false;              // the archive, too, is a document
};

// Forgets what else the store has of the archive. Only for one that was read as a whole: of a damaged one
// nobody knows what is not in it any more. The store keeps origins. `changes` of these documents that wait
// come first.
Status prune_archive(Retrieval& retrieval, OriginChanges& changes, const ArchiveContents& archive,
                     bool dry_run, const std::function<void(const KnownFile&)>& removed);

}  // namespace rappel
