// File sources: which files a document comes from, and what its metadata tell of them. All changes of this
// for stored documents are made here.
//
//   - source_id and filename name one of the files, custom key `copies` the others (at most kMostCopies).
//   - `attached_to` of a document that was attached to a mail names the mail of that file.
//   - A document without any file goes away.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <span>
#include <stop_token>
#include <string>

#include "base/status.h"
#include "retrieve/retrieval.h"
#include "store/file_origin.h"

namespace rappel {

// Whether documents of the two files are the same: content, given metadata, and extension, because a name can
// decide the type.
bool is_same_content(const FileOrigin& a, const FileOrigin& b);

inline constexpr const char* kCopiesKey = "copies";
inline constexpr std::size_t kMostCopies = 20;
inline constexpr const char* kAttachedToKey = "attached_to";

// Adapts the metadata of a document whose files were `before` and are `after` now: source_id, filename and
// attached_to, if they named one that is no longer there, and `copies`, unless the user gave that key.
// Origins without a name (lines of manifests) change nothing.
void rename_sources(std::span<const FileOrigin> before, std::span<const FileOrigin> after,
                    Metadata& metadata);

// The change with which a document loses the files of these paths and then gets others. Nothing: no file
// would be left, so the document is to be removed. Errors of the store; a document that is not there gives a
// change that the store refuses.
Result<std::optional<OriginChange>> change_sources(Retrieval& retrieval, const std::string& id,
                                                   std::span<const std::string> removed,
                                                   std::span<const FileOrigin> added);

// Documents lose these files; those without any other are removed. `done` is told of each file. Errors of the
// store: the files before are forgotten then.
Status forget_files(Retrieval& retrieval, std::span<const KnownFile> files,
                    const std::function<void(const KnownFile&)>& done);

// The files below a folder as OriginStore::files_below(), all of them in pages, whose files the visitor may
// forget. Errors of store and visitor; kCancelled between two pages.
Status visit_files_below(OriginStore& origins, const std::string& folder,
                         const std::function<Status(std::span<const KnownFile> page)>& visit,
                         const std::stop_token& stop = {});

}  // namespace rappel
