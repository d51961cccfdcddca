// ManifestLineReader: a line of a manifest, as far as an ingest run needs it. See FileReader for files.
//
// For one thread, in the order of the lines.
#pragma once

#include <optional>
#include <stop_token>
#include <string>
#include <unordered_set>
#include <utility>

#include "ingest/source/manifest.h"
#include "retrieve/file_placement.h"
#include "retrieve/file_reading.h"
#include "retrieve/ingest_run.h"
#include "retrieve/origin_marks.h"
#include "retrieve/retrieval.h"

namespace rappel {

class ManifestLineReader {
 public:
  // `ids`: of all documents of the run so far; `placement` knows which of them are on their way.
  ManifestLineReader(Retrieval& retrieval, const IngestSettings& settings, std::stop_token stop,
                     const FilePlacement& placement, const std::unordered_set<std::string>& ids)
      : retrieval_(retrieval),
        settings_(settings),
        marks_(settings),
        stop_(std::move(stop)),
        placement_(placement),
        ids_(ids) {}

  // kDocument, kScreened or kUnchanged. Unchanged lines have an origin if the store knows them from other
  // manifests alone. `manifest`: its path, links resolved.
  FileReading read(const std::string& manifest, const std::string& name, ManifestDocument& line) const;

 private:
  std::optional<FileReading> recognize(const DocumentInput& document, const FileOrigin& origin) const;
  Result<std::vector<KnownFile>> lines_like(const DocumentInput& document, const FileOrigin& origin) const;
  std::string id_of(const ManifestDocument& line) const;

  Retrieval& retrieval_;
  const IngestSettings& settings_;
  const OriginMarks marks_;
  const std::stop_token stop_;
  const FilePlacement& placement_;
  const std::unordered_set<std::string>& ids_;
};

}  // namespace rappel
