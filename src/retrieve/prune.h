// Prune: the store forgets files that are no longer there.
#pragma once

#include <filesystem>
#include <functional>
#include <span>
#include <stop_token>
#include <vector>

#include "base/status.h"
#include "retrieve/retrieval.h"
#include "store/file_origin.h"

namespace rappel {

// Documents lose these files; those without any other are removed. `done` is told of each file. Errors of the
// store: the files before are forgotten then.
Status forget_files(Retrieval& retrieval, std::span<const KnownFile> files,
                    const std::function<void(const KnownFile&)>& done);

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

}  // namespace rappel
