#include "retrieve/file_reader.h"

#include <utility>

#include "ingest/extract/extract.h"
#include "ingest/extract/properties.h"
#include "ingest/screen/personal_data.h"
#include "ingest/screen/screening.h"
#include "ingest/screen/text_metadata.h"
#include "ingest/source/file_document.h"
#include "ingest/source/given_metadata.h"
#include "retrieve/document_id.h"

namespace rappel {
namespace {

using Kind = FileReading::Kind;

}  // namespace

FileReading FileReader::read(const FoundFile& file) const {
  auto reading = file.stream >= 0 ? read_stream(file) : read_file(file);
  if (reading.ok()) return std::move(reading).value();
  FileReading failed;
  failed.failure = reading.status();
  failed.kind = failed.failure.code() == Code::kCancelled ? Kind::kCancelled : Kind::kFailed;
  return failed;
}

Result<FileReading> FileReader::read_file(const FoundFile& file) const {
  Place place;
  place.name = shown_name(file);
  RAPPEL_ASSIGN(DocumentInput described, describe_file(file));
  place.id = std::move(*described.id);
  place.described = std::move(described.metadata);
  auto sidecar = read_sidecar(file.path);
  if (!sidecar.ok()) return sidecar.status().with_context(place.name + ".meta.json");
  place.sidecar = std::move(*sidecar);
  RAPPEL_ASSIGN(const bool unchanged, is_unchanged(place));
  if (unchanged) {
    FileReading reading{.kind = Kind::kUnchanged};
    reading.document.id = std::move(place.id);
    return reading;
  }
  RAPPEL_ASSIGN(place.bytes, read_found(file, settings_.max_file_bytes));
  return read_text(place);
}

// The store does not tell which metadata were given, or which screening was asked for.
Result<bool> FileReader::is_unchanged(const Place& place) const {
  if (settings_.force || place.sidecar || settings_.screening != Screening::kOff) return false;
  if (!(settings_.metadata == Metadata())) return false;
  RAPPEL_ASSIGN(const DocumentPage page, retrieval_.list(Filter::document(place.id), 0, 1));
  if (page.documents.empty()) return false;
  const Metadata& stored = page.documents[0].metadata;
  return stored.filesize == place.described.filesize && stored.created_at == place.described.created_at;
}

// Text and metadata, in the order of precedence of given_metadata.h.
Result<FileReading> FileReader::read_text(const Place& place) const {
  RAPPEL_ASSIGN(ExtractedDocument read,
                extract(place.bytes, {place.name, place.name.empty() ? "text/plain" : "", ""},
                        {stop_, settings_.password}));
  FileReading reading{.kind = Kind::kDocument};
  DocumentInput& document = reading.document;
  document.metadata = place.described;
  if (settings_.extract_metadata) overlay(text_metadata(read.text), document.metadata);
  if (read.media_type == "text/markdown") overlay(front_matter(read.text), document.metadata);
  if (place.sidecar) {
    auto given = parse_sidecar(*place.sidecar);
    if (!given.ok()) return given.status().with_context("cannot read " + place.name + ".meta.json");
    overlay(*given, document.metadata);
  }
  overlay(settings_.metadata, document.metadata);
  add_properties(read.properties, document.metadata);
  document.id = place.id;
  document.text = std::move(read.text);
  document.outline = std::move(read.outline);
  reading.warnings = std::move(read.warnings);
  if (!screen_text(settings_.screening, document.text, reading.warnings)) reading.kind = Kind::kScreened;
  if (settings_.screening == Screening::kRedact)
    for (std::string& name : document.outline.names) redact(find_personal_data(name), name);
  return reading;
}

// Its id follows from the text: the same text sent again replaces itself.
Result<FileReading> FileReader::read_stream(const FoundFile& file) const {
  Place place{.name = file.name};
  place.described.source = "file";
  if (!file.name.empty()) place.described.source_id = place.described.filename = file.name;
  RAPPEL_ASSIGN(place.bytes, read_found(file, settings_.max_file_bytes));
  place.described.filesize = static_cast<std::int64_t>(place.bytes.size());
  RAPPEL_ASSIGN(FileReading reading, read_text(place));
  reading.document.id = derived_id(reading.document);
  return reading;
}

}  // namespace rappel
