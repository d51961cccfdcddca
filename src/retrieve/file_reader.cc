#include "retrieve/file_reader.h"

#include <algorithm>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <system_error>

#include "base/cancelled.h"
#include "ingest/content/content_hash.h"
#include "ingest/extract/extract.h"
#include "ingest/extract/properties.h"
#include "ingest/screen/personal_data.h"
#include "ingest/screen/screening.h"
#include "ingest/screen/text_judge.h"
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

constexpr int kDepth =
    3;  // of files in files, as in child_reader.cc; deeper ones are text of the file around them

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

// The file `name` in another one, whose given metadata hold for it too.
FileToRead file_in(const FileToRead& outer, const std::string& name, std::string bytes) {
  FileToRead file{.name = outer.name + "/" + printable_name(name),
                  .path = outer.path + std::string(kInArchive) + name,
                  .sidecar = outer.sidecar,
                  .bytes = FileBytes(std::move(bytes)),
                  .settings = outer.settings,
                  .depth = outer.depth + 1};
  file.id = place_id(name, file.path);
  file.described.source = outer.described.source;
  file.described.filename = printable_name(fs::path(name).filename().string());
  file.described.filesize = static_cast<std::int64_t>(file.bytes.view().size());
  return file;
}

// The files in these files.
bool are_known(const std::vector<FileReading>& files) {
  return std::all_of(files.begin(), files.end(), [](const FileReading& file) {
    return file.inner.empty() || file.knows_files || file.kind == Kind::kUnchanged;
  });
}

// Metadata that nothing else gives.
void underlay(const Metadata& under, Metadata& metadata) {
  Metadata all = under;
  overlay(metadata, all);
  metadata = std::move(all);
}

}  // namespace

FileReading FileReader::read(const FoundFile& file, bool whole) const {
  if (file.stream >= 0) return reading_or_failure(read_stream(file), shown_name(file), "");
  if (file.sent != nullptr) return reading_or_failure(read_file(file, whole), shown_name(file), "");
  std::error_code error;
  const fs::path path = fs::canonical(file.path, error);
  return reading_or_failure(read_file(file, whole), shown_name(file), path.string());
}

Result<FileReading> FileReader::read_file(const FoundFile& file, bool whole) const {
  RAPPEL_ASSIGN(FileToRead described, file.sent != nullptr ? describe_sent(file) : describe(file));
  return file.sent != nullptr ? read_one(described, whole) : read_any(described, whole);
}

Result<FileToRead> FileReader::describe(const FoundFile& found) const {
  FileToRead file{.name = shown_name(found)};
  RAPPEL_ASSIGN(DocumentInput described, describe_file(found));
  std::error_code error;
  file.path = fs::canonical(found.path, error).string();
  if (error) return Status(Code::kNotFound, "cannot read " + file.name + ": " + error.message());
  file.id = std::move(*described.id);
  file.described = std::move(described.metadata);
  auto sidecar = read_sidecar(found.path);
  if (!sidecar.ok()) return sidecar.status().with_context(file.name + ".meta.json");
  file.sidecar = std::move(*sidecar);
  RAPPEL_ASSIGN(file.bytes, read_found(found, settings_.max_file_bytes));
  file.settings = marks_.settings(file.sidecar);
  return file;
}

// The client's metadata count as those of NAME.meta.json.
Result<FileToRead> FileReader::describe_sent(const FoundFile& found) const {
  const SentFile& sent = *found.sent;
  FileToRead file{.name = sent.name, .sent = &sent};
  auto bytes = read_found(found, settings_.max_file_bytes);
  if (!bytes.ok()) return Status(Code::kNotFound, "the server has lost the file; send it again");
  file.bytes = std::move(*bytes);
  if (is_undescribed(sent))
    file.described.source = "file";
  else
    file.sidecar = dump_json(metadata_json(sent.metadata));
  if (!sent.name.empty()) file.described.filename = sent.name;
  file.described.filesize = static_cast<std::int64_t>(file.bytes.view().size());
  file.settings = marks_.settings(file.sidecar);
  return file;
}

Result<FileReading> FileReader::read_any(FileToRead& file, bool whole) const {
  const OuterKind outer = outer_kind(file.bytes.view(), file.hint());
  if (outer == OuterKind::kArchive && settings_.split_archives && file.depth == 0) return read_archive(file);
  if (outer == OuterKind::kMail) {
    file.dated = true;
    if (file.described.created_at) file.inherited.created_at = std::exchange(file.described.created_at, {});
    if (settings_.attachments != Attachments::kText && file.depth < kDepth) return read_mail(file);
  }
  RAPPEL_ASSIGN(FileReading reading, read_one(file, whole));
  // The files in it are no documents any more.
  reading.knows_files = outer != OuterKind::kNone && reading.kind != Kind::kUnchanged;
  return reading;
}

Result<FileReading> FileReader::read_one(FileToRead& file, bool whole) const {
  if (file.sent != nullptr && !file.sent->document_id.empty()) return read_text(file);
  file.content = marks_.content(content_hash(file.bytes.view(), file.bytes.file()));
  if (file.sent != nullptr) file.path = place_of_sent(*file.sent, file.content, file.settings);
  RAPPEL_ASSIGN(std::optional<FileReading> known, recognition_.file(file, whole));
  return known ? std::move(*known) : read_text(file);
}

Result<FileReading> FileReader::read_archive(FileToRead& archive) const {
  RAPPEL_ASSIGN(OuterFile outer, read_outer(archive.bytes, archive.hint(), call_for(archive)));
  archive.bytes = FileBytes();
  FileReading reading{.kind = Kind::kArchive};
  reading.warnings = std::move(outer.document.warnings);
  for (Attachment& file : outer.files) reading.inner.push_back(read_inner(archive, std::move(file)));
  reading.knows_files = reading.warnings.empty() && are_known(reading.inner);
  return reading;
}

FileReading FileReader::read_inner(const FileToRead& archive, Attachment file) const {
  FileToRead inner = file_in(archive, file.name, std::move(file.bytes));
  inner.described.source_id = printable_name(file.name);
  inner.described.created_at = archive.described.created_at;
  return reading_or_failure(read_any(inner, /*whole=*/true), inner.name, inner.path);
}

// The attachments are read first: their number is part of the mail's origin, so that a run which ends between
// them is noticed.
Result<FileReading> FileReader::read_mail(FileToRead& mail) const {
  const std::string hash = content_hash(mail.bytes.view(), mail.bytes.file());
  RAPPEL_ASSIGN(std::optional<FileReading> known, recognition_.mail(mail, hash));
  if (known) return std::move(*known);
  RAPPEL_ASSIGN(OuterFile outer, read_outer(mail.bytes, mail.hint(), call_for(mail)));
  mail.bytes = FileBytes();
  std::vector<FileReading> inner;
  if (settings_.attachments == Attachments::kDocument)
    for (Attachment& file : outer.files) inner.push_back(read_attachment(mail, std::move(file)));
  if (stop_.stop_requested()) return request_cancelled();
  mail.content =
      marks_.mail_content(hash, expected_documents(inner, retrieval_.options().chunk.min_document));
  const bool knows_files = outer.document.warnings.empty() && are_known(inner);
  RAPPEL_ASSIGN(std::optional<FileReading> text, recognition_.file(mail, /*whole=*/true));
  if (!text) {
    RAPPEL_ASSIGN(text, document_of(mail, std::move(outer.document)));
  }
  text->inner = std::move(inner);
  text->knows_files = knows_files;
  return std::move(*text);
}

// Author and date are its own, or those of the mail.
FileReading FileReader::read_attachment(const FileToRead& mail, Attachment file) const {
  FileToRead inner = file_in(mail, file.name, std::move(file.bytes));
  const std::string mail_name = mail.described.source_id.value_or(mail.name);
  inner.dated = true;
  inner.media_type = std::move(file.media_type);
  inner.described.source_id = mail_name + "/" + file.name;
  inner.described.custom[kAttachedToKey] = mail_name;
  if (!file.author.empty()) inner.inherited.author = std::move(file.author);
  auto date = Timestamp::parse(file.created_at);
  inner.inherited.created_at = date.ok() ? std::optional(std::move(*date)) : mail.inherited.created_at;
  return reading_or_failure(read_any(inner, /*whole=*/true), inner.name, inner.path);
}

ReadCall FileReader::call_for(const FileToRead& file) const {
  return {.cancel = stop_,
          .password = settings_.password,
          .memory = file.sent != nullptr ? file.sent->memory : nullptr,
          .file = file.bytes.file(),
          .options = settings_.reading};
}

Result<ExtractedDocument> FileReader::extract_text(const FileToRead& file) const {
  FileHint hint = file.hint();
  if (file.sent == nullptr && hint.name.empty()) hint.media_type = "text/plain";
  ReadCall call = call_for(file);
  std::optional<ReadPages> pages;
  release_pages(file.bytes.view(), call, pages);
  auto extracted = extract(file.bytes.view(), hint, call);
  const Status whole = file.bytes.check();
  if (!whole.ok() && file.sent != nullptr)  // its path is nothing for the client
    return Status(Code::kCorrupt, "the server cannot read the file any more; send it again");
  RAPPEL_TRY(whole);
  if (file.sent != nullptr && extracted.status().code() == Code::kResourceExhausted)
    return extracted.status().with_context("cannot read " + (file.name.empty() ? "the file" : file.name));
  return extracted;
}

Result<FileReading> FileReader::read_text(const FileToRead& file) const {
  RAPPEL_ASSIGN(ExtractedDocument read, extract_text(file));
  return document_of(file, std::move(read));
}

// Text and metadata, in the order of precedence of given_metadata.h.
Result<FileReading> FileReader::document_of(const FileToRead& file, ExtractedDocument read) const {
  FileReading reading{.kind = Kind::kDocument};
  DocumentInput& document = reading.document;
  document.metadata = file.described;
  const std::string sent_id =
      file.sent != nullptr ? id_of_sent(*file.sent, read, file.described) : std::string();
  if (settings_.extract_metadata)
    overlay(judged_metadata(read.text, settings_.judge.get(), stop_, read.warnings), document.metadata);
  if (read.media_type == "text/markdown") overlay(front_matter(read.text), document.metadata);
  if (file.sent != nullptr) {
    overlay(file.sent->metadata, document.metadata);
  } else if (file.sidecar) {
    auto given = parse_sidecar(*file.sidecar);
    if (!given.ok()) return given.status().with_context("cannot read " + file.name + ".meta.json");
    overlay(*given, document.metadata);
  }
  overlay(settings_.metadata, document.metadata);
  add_properties(read.properties, document.metadata);
  if (file.dated && !document.metadata.created_at) document.metadata.created_at = date_of(read.properties);
  underlay(file.inherited, document.metadata);
  document.id = file.sent != nullptr ? sent_id : file.id;
  document.text = std::move(read.text);
  document.outline = std::move(read.outline);
  reading.warnings = std::move(read.warnings);
  if (!judged_screening(settings_.screening, document.text, settings_.judge.get(), stop_, reading.warnings))
    reading.kind = Kind::kScreened;
  if (settings_.screening == Screening::kRedact)
    for (std::string& name : document.outline.names) redact(find_personal_data(name), name);
  if (retrieval_.origins() != nullptr && !file.path.empty()) {
    document.origin = std::make_shared<FileOrigin>(file.origin());
    document.origin->fingerprint = text_fingerprint(document.text);
  }
  if (file.sent != nullptr) document.chunks = file.sent->chunks;
  if (file.sent != nullptr) RAPPEL_TRY(finish_sent(*file.sent, document));
  return reading;
}

// Its id follows from the text: the same text sent again replaces itself.
Result<FileReading> FileReader::read_stream(const FoundFile& found) const {
  FileToRead file{.name = found.name};
  file.described.source = "file";
  if (!found.name.empty()) file.described.source_id = file.described.filename = found.name;
  RAPPEL_ASSIGN(file.bytes, read_found(found, settings_.max_file_bytes));
  file.described.filesize = static_cast<std::int64_t>(file.bytes.view().size());
  RAPPEL_ASSIGN(FileReading reading, read_text(file));
  reading.document.id = derived_id(reading.document);
  return reading;
}

}  // namespace rappel
