#include "retrieve/file_reader.h"

#include <algorithm>
#include <optional>
#include <span>
#include <system_error>

#include "codec/sha256.h"
#include "ingest/extract/extract.h"
#include "ingest/extract/properties.h"
#include "ingest/screen/personal_data.h"
#include "ingest/screen/screening.h"
#include "ingest/screen/text_judge.h"
#include "ingest/source/archive_files.h"
#include "ingest/source/file_place.h"
#include "ingest/source/given_metadata.h"
#include "ingest/source/printable_name.h"
#include "ingest/source/read_pages.h"
#include "retrieve/document_id.h"
#include "retrieve/file_sources.h"
#include "retrieve/sent_documents.h"
#include "retrieve/text_fingerprint.h"
#include "store/metadata_json.h"

namespace rappel {
namespace {

namespace fs = std::filesystem;
using Kind = FileReading::Kind;

FileReading reading_or_failure(Result<FileReading> read, std::string name, std::string path) {
  FileReading reading;
  if (read.ok()) {
    reading = std::move(read).value();
  } else {
    reading.failure = read.status();
    reading.kind = reading.failure.code() == Code::kCancelled ? Kind::kCancelled : Kind::kFailed;
  }
  reading.name = std::move(name);
  reading.path = std::move(path);
  return reading;
}

// In steps: what is hashed of a mapped file need not stay in memory.
std::string hash_of(const FileBytes& bytes) {
  constexpr std::size_t kStep = std::size_t{4} << 20;
  Sha256 hash;
  for (std::string_view left = bytes.view(); !left.empty();) {
    const std::string_view step = left.substr(0, kStep);
    hash.update(step);
    if (bytes.file() != nullptr) bytes.file()->release(std::as_bytes(std::span(step)));
    left.remove_prefix(step.size());
  }
  return hash.finish_hex();
}

FileReading recognized(Kind kind, const std::string& id) {
  FileReading reading{.kind = kind};
  reading.document.id = id;
  return reading;
}

}  // namespace

std::size_t memory_of(const FileReading& reading) {
  constexpr std::size_t kLeast = 16384;  // a file takes some memory besides its text
  std::size_t bytes = kLeast + reading.document.text.size() + reading.document.outline.memory();
  for (const FileReading& inner : reading.inner) bytes += memory_of(inner);
  return bytes;
}

FileReading FileReader::read(const FoundFile& file, bool whole) const {
  if (file.stream >= 0) return reading_or_failure(read_stream(file), shown_name(file), "");
  if (file.sent != nullptr) return reading_or_failure(read_file(file, whole), shown_name(file), "");
  std::error_code error;
  const fs::path path = fs::canonical(file.path, error);
  return reading_or_failure(read_file(file, whole), shown_name(file), path.string());
}

Result<FileReading> FileReader::read_file(const FoundFile& file, bool whole) const {
  RAPPEL_ASSIGN(Place place, place_of(file));
  if (place.sent != nullptr) return read_place(place, whole);
  const bool holds_files = is_archive(place.bytes.view(), place.name);
  if (holds_files && settings_.split_archives) return read_archive(place);
  RAPPEL_ASSIGN(FileReading reading, read_place(place, whole));
  // The files in it are no documents any more.
  reading.knows_files = holds_files && reading.kind == Kind::kDocument;
  return reading;
}

Result<FileReading> FileReader::read_archive(Place& archive) const {
  FileReading reading{.kind = Kind::kArchive};
  RAPPEL_ASSIGN(ArchiveFiles files, files_in_archive(archive.bytes, archive.name, stop_, settings_.password));
  archive.bytes = FileBytes();
  reading.warnings = std::move(files.warnings);
  reading.knows_files = reading.warnings.empty();
  for (Attachment& file : files.files)
    reading.inner.push_back(read_inner(archive, std::move(file.name), std::move(file.bytes)));
  return reading;
}

// Metadata that are given for the archive hold for each file in it.
FileReading FileReader::read_inner(const Place& archive, std::string name, std::string bytes) const {
  const std::string inner = printable_name(name);
  Place place{.name = archive.name + "/" + inner,
              .path = archive.path + std::string(kInArchive) + name,
              .described = archive.described,
              .sidecar = archive.sidecar,
              .bytes = FileBytes(std::move(bytes)),
              .settings = archive.settings};
  place.id = place_id(name, place.path);
  place.described.source_id = inner;
  place.described.filename = printable_name(fs::path(name).filename().string());
  place.described.filesize = static_cast<std::int64_t>(place.bytes.view().size());
  return reading_or_failure(read_place(place, /*whole=*/true), place.name, place.path);
}

// The client's metadata count as those of NAME.meta.json.
Result<FileReader::Place> FileReader::place_of_upload(const FoundFile& file) const {
  const SentFile& sent = *file.sent;
  Place place{.name = sent.name, .sent = &sent};
  auto bytes = read_found(file, settings_.max_file_bytes);
  if (!bytes.ok()) return Status(Code::kNotFound, "the server has lost the file; send it again");
  place.bytes = std::move(*bytes);
  if (is_undescribed(sent))
    place.described.source = "file";
  else
    place.sidecar = dump_json(metadata_json(sent.metadata));
  if (!sent.name.empty()) place.described.filename = sent.name;
  place.described.filesize = static_cast<std::int64_t>(place.bytes.view().size());
  place.settings = marks_.settings(place.sidecar);
  return place;
}

Result<FileReader::Place> FileReader::place_of(const FoundFile& file) const {
  if (file.sent != nullptr) return place_of_upload(file);
  Place place;
  place.name = shown_name(file);
  RAPPEL_ASSIGN(DocumentInput described, describe_file(file));
  std::error_code error;
  place.path = fs::canonical(file.path, error).string();
  if (error) return Status(Code::kNotFound, "cannot read " + place.name + ": " + error.message());
  place.id = std::move(*described.id);
  place.described = std::move(described.metadata);
  auto sidecar = read_sidecar(file.path);
  if (!sidecar.ok()) return sidecar.status().with_context(place.name + ".meta.json");
  place.sidecar = std::move(*sidecar);
  RAPPEL_ASSIGN(place.bytes, read_found(file, settings_.max_file_bytes));
  place.settings = marks_.settings(place.sidecar);
  return place;
}

FileOrigin FileReader::origin_of(const Place& place) const {
  if (place.sent != nullptr)
    return {place.path, place.sent->metadata.source_id.value_or(place.sent->name), place.content,
            place.settings};
  return {place.path, place.described.source_id.value_or(""), place.content, place.settings};
}

Result<FileReading> FileReader::read_place(Place& place, bool whole) const {
  place.content = marks_.content(hash_of(place.bytes));
  if (place.sent != nullptr) place.path = place_of_sent(*place.sent, place.content, place.settings);
  RAPPEL_ASSIGN(std::optional<FileReading> known, recognize(place, whole));
  return known ? std::move(*known) : read_text(place);
}

Result<std::optional<FileReading>> FileReader::recognize(const Place& place, bool whole) const {
  if (settings_.force) return std::optional<FileReading>();
  OriginStore* const origins = retrieval_.origins();
  if (origins == nullptr) return recognize_by_time(place);
  RAPPEL_ASSIGN(const auto known, origins->files_at(place.path));
  const FileOrigin origin = origin_of(place);
  for (const KnownFile& file : known)
    if (is_same_content(file.origin, origin)) return std::optional(recognized(Kind::kUnchanged, file.id));
  if (!known.empty()) return std::optional<FileReading>();
  if (!whole) {
    RAPPEL_ASSIGN(const auto others, origins->files_with(place.content));
    for (const KnownFile& file : others)
      if (is_same_content(file.origin, origin)) {
        FileReading reading = recognized(Kind::kSameContent, place.id);
        reading.document.metadata = place.described;
        reading.document.origin = std::make_shared<FileOrigin>(origin);
        return std::optional(std::move(reading));
      }
  }
  return recognize_by_time(place);
}

// A file that a version without origins stored, or a store that keeps none: by size and time. Such a store
// does not tell which metadata were given, or which screening was asked for.
Result<std::optional<FileReading>> FileReader::recognize_by_time(const Place& place) const {
  if (place.sent != nullptr) return std::optional<FileReading>();
  if (!place.settings.empty() || settings_.screening != Screening::kOff) return std::optional<FileReading>();
  RAPPEL_ASSIGN(const DocumentPage page, retrieval_.list(Filter::document(place.id), 0, 1));
  if (page.documents.empty()) return std::optional<FileReading>();
  const Metadata& stored = page.documents[0].metadata;
  if (stored.filesize != place.described.filesize || stored.created_at != place.described.created_at)
    return std::optional<FileReading>();
  FileReading reading = recognized(Kind::kUnchanged, place.id);
  OriginStore* const origins = retrieval_.origins();
  if (origins == nullptr) return std::optional(std::move(reading));
  RAPPEL_ASSIGN(const auto others, origins->origins_of(place.id));
  if (!others.empty()) return std::optional<FileReading>();  // the document went with a file that was moved
  reading.document.origin = std::make_shared<FileOrigin>(origin_of(place));
  return std::optional(std::move(reading));
}

Result<ExtractedDocument> FileReader::extract_text(const Place& place) const {
  const SentFile* const sent = place.sent;
  FileHint hint{place.name, place.name.empty() ? "text/plain" : "", ""};
  if (sent != nullptr) hint = {place.name, sent->media_type, sent->charset};
  ReadCall call{.cancel = stop_,
                .password = settings_.password,
                .memory = sent != nullptr ? sent->memory : nullptr,
                .file = place.bytes.file(),
                .options = settings_.reading};
  std::optional<ReadPages> pages;
  if (call.file != nullptr) {
    pages.emplace(place.bytes.view(), *call.file);
    call.passed = [&](std::string_view part) { pages->add(part); };
  }
  auto extracted = extract(place.bytes.view(), hint, call);
  const Status whole = place.bytes.check();
  if (!whole.ok() && sent != nullptr)  // its path is nothing for the client
    return Status(Code::kCorrupt, "the server cannot read the file any more; send it again");
  RAPPEL_TRY(whole);
  if (sent != nullptr && extracted.status().code() == Code::kResourceExhausted)
    return extracted.status().with_context("cannot read " + (sent->name.empty() ? "the file" : sent->name));
  return extracted;
}

// Text and metadata, in the order of precedence of given_metadata.h.
Result<FileReading> FileReader::read_text(const Place& place) const {
  RAPPEL_ASSIGN(ExtractedDocument read, extract_text(place));
  FileReading reading{.kind = Kind::kDocument};
  DocumentInput& document = reading.document;
  document.metadata = place.described;
  const std::string sent_id =
      place.sent != nullptr ? id_of_sent(*place.sent, read, place.described) : std::string();
  if (settings_.extract_metadata)
    overlay(judged_metadata(read.text, settings_.judge.get(), stop_, read.warnings), document.metadata);
  if (read.media_type == "text/markdown") overlay(front_matter(read.text), document.metadata);
  if (place.sent != nullptr) {
    overlay(place.sent->metadata, document.metadata);
  } else if (place.sidecar) {
    auto given = parse_sidecar(*place.sidecar);
    if (!given.ok()) return given.status().with_context("cannot read " + place.name + ".meta.json");
    overlay(*given, document.metadata);
  }
  overlay(settings_.metadata, document.metadata);
  add_properties(read.properties, document.metadata);
  document.id = place.sent != nullptr ? sent_id : place.id;
  document.text = std::move(read.text);
  document.outline = std::move(read.outline);
  reading.warnings = std::move(read.warnings);
  if (!judged_screening(settings_.screening, document.text, settings_.judge.get(), stop_, reading.warnings))
    reading.kind = Kind::kScreened;
  if (settings_.screening == Screening::kRedact)
    for (std::string& name : document.outline.names) redact(find_personal_data(name), name);
  if (retrieval_.origins() != nullptr && !place.path.empty()) {
    document.origin = std::make_shared<FileOrigin>(origin_of(place));
    document.origin->fingerprint = text_fingerprint(document.text);
  }
  if (place.sent != nullptr) RAPPEL_TRY(finish_sent(*place.sent, document));
  return reading;
}

// Its id follows from the text: the same text sent again replaces itself.
Result<FileReading> FileReader::read_stream(const FoundFile& file) const {
  Place place{.name = file.name};
  place.described.source = "file";
  if (!file.name.empty()) place.described.source_id = place.described.filename = file.name;
  RAPPEL_ASSIGN(place.bytes, read_found(file, settings_.max_file_bytes));
  place.described.filesize = static_cast<std::int64_t>(place.bytes.view().size());
  RAPPEL_ASSIGN(FileReading reading, read_text(place));
  reading.document.id = derived_id(reading.document);
  return reading;
}

}  // namespace rappel
