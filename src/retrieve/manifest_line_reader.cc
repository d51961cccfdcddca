#include "retrieve/manifest_line_reader.h"

#include <algorithm>
#include <memory>
#include <vector>

#include "ingest/screen/screening.h"
#include "ingest/screen/text_judge.h"
#include "ingest/source/given_metadata.h"
#include "retrieve/document_id.h"
#include "retrieve/text_fingerprint.h"

namespace rappel {

using Kind = FileReading::Kind;

FileReading ManifestLineReader::read(const std::string& manifest, const std::string& name,
                                     ManifestDocument& line) const {
  DocumentInput& document = line.document;
  FileOrigin origin{.path = manifest,
                    .name = "",
                    .content = marks_.content(derived_id(document)),
                    .settings = marks_.settings({})};
  FileReading reading{.kind = Kind::kDocument};
  if (auto known = recognize(document, origin)) {
    reading = std::move(*known);
    reading.name = name;
    return reading;
  }
  if (settings_.extract_metadata) {
    Metadata all = judged_metadata(document.text, settings_.judge.get(), stop_, line.warnings);
    overlay(document.metadata, all);
    document.metadata = std::move(all);
  }
  overlay(settings_.metadata, document.metadata);
  if (!judged_screening(settings_.screening, document.text, settings_.judge.get(), stop_, line.warnings))
    reading.kind = Kind::kScreened;
  if (!document.id) document.id = id_of(line);
  origin.fingerprint = text_fingerprint(document.text);
  if (retrieval_.origins() != nullptr) document.origin = std::make_shared<FileOrigin>(std::move(origin));
  reading.name = name;
  reading.document = std::move(document);
  reading.warnings = std::move(line.warnings);
  return reading;
}

// Stored lines of this content, under any path.
Result<std::vector<KnownFile>> ManifestLineReader::lines_like(const DocumentInput& document,
                                                              const FileOrigin& origin) const {
  std::vector<KnownFile> lines;
  if (document.id) {  // many documents may have this content
    RAPPEL_ASSIGN(auto origins, retrieval_.origins()->origins_of(*document.id));
    for (FileOrigin& known : origins) lines.push_back({*document.id, std::move(known)});
  } else {
    RAPPEL_ASSIGN(lines, retrieval_.origins()->files_with(origin.content));
  }
  std::erase_if(lines, [&](const KnownFile& known) {
    return known.origin.content != origin.content || known.origin.settings != origin.settings ||
           placement_.is_replaced(known.id);  // by an earlier line of its id, which this one follows
  });
  return lines;
}

std::optional<FileReading> ManifestLineReader::recognize(const DocumentInput& document,
                                                         const FileOrigin& origin) const {
  if (retrieval_.origins() == nullptr || settings_.force) return std::nullopt;
  const auto lines = lines_like(document, origin);
  if (!lines.ok() || (*lines).empty()) return std::nullopt;
  const auto same = std::find_if((*lines).begin(), (*lines).end(),
                                 [&](const KnownFile& known) { return known.origin.path == origin.path; });
  const KnownFile& known = same != (*lines).end() ? *same : (*lines).front();
  FileReading reading{.kind = Kind::kUnchanged};
  reading.document.id = known.id;
  if (same == (*lines).end()) {  // of a manifest that was renamed or copied
    reading.document.origin = std::make_shared<FileOrigin>(origin);
    reading.document.origin->fingerprint = known.origin.fingerprint;
  }
  return reading;
}

// The id of a line without one. Equal texts had one former id: only the first of them keeps it.
std::string ManifestLineReader::id_of(const ManifestDocument& line) const {
  if (!ids_.contains(line.former_id)) {
    const auto page = retrieval_.list(Filter::document(line.former_id), 0, 1);
    if (page.ok() && !(*page).documents.empty()) return line.former_id;
  }
  return derived_id(line.document);
}

}  // namespace rappel
