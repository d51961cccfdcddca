#include "retrieve/file_recognition.h"

#include <memory>
#include <utility>
#include <vector>

#include "ingest/source/file_place.h"
#include "ingest/source/printable_name.h"
#include "retrieve/file_sources.h"

namespace rappel {
namespace {

using Kind = FileReading::Kind;

FileReading recognized(Kind kind, const std::string& id) {
  FileReading reading{.kind = kind};
  reading.document.id = id;
  return reading;
}

// The name of a file in the mail: "a.eml/b.eml/c.pdf".
std::string shown_name(const FileToRead& mail, const std::string& path) {
  std::string name = path.substr(mail.path.size());
  for (std::size_t at; (at = name.find(kInArchive)) != std::string::npos;)
    name.replace(at, kInArchive.size(), "/");
  return mail.name + printable_name(name);
}

}  // namespace

Result<std::optional<FileReading>> FileRecognition::file(const FileToRead& file, bool whole) const {
  if (settings_.force) return std::optional<FileReading>();
  OriginStore* const origins = retrieval_.origins();
  if (origins == nullptr) return by_time(file);
  RAPPEL_ASSIGN(const auto known, origins->files_at(file.path));
  const FileOrigin origin = file.origin();
  for (const KnownFile& each : known)
    if (is_same_content(each.origin, origin)) return std::optional(recognized(Kind::kUnchanged, each.id));
  if (!known.empty()) return std::optional<FileReading>();
  if (!whole) {
    RAPPEL_ASSIGN(const auto others, origins->files_with(file.content));
    for (const KnownFile& each : others)
      if (is_same_content(each.origin, origin)) {
        FileReading reading = recognized(Kind::kSameContent, file.id);
        reading.document.metadata = file.described;
        reading.document.origin = std::make_shared<FileOrigin>(origin);
        return std::optional(std::move(reading));
      }
  }
  return by_time(file);
}

// A file that a version without origins stored, or a store that keeps none: by size and time. Such a store
// does not tell which metadata were given, or which screening was asked for.
Result<std::optional<FileReading>> FileRecognition::by_time(const FileToRead& file) const {
  if (file.sent != nullptr) return std::optional<FileReading>();
  if (!file.settings.empty() || settings_.screening != Screening::kOff) return std::optional<FileReading>();
  RAPPEL_ASSIGN(const DocumentPage page, retrieval_.list(Filter::document(file.id), 0, 1));
  if (page.documents.empty()) return std::optional<FileReading>();
  const Metadata& stored = page.documents[0].metadata;
  if (stored.filesize != file.described.filesize || stored.created_at != file.described.created_at)
    return std::optional<FileReading>();
  FileReading reading = recognized(Kind::kUnchanged, file.id);
  OriginStore* const origins = retrieval_.origins();
  if (origins == nullptr) return std::optional(std::move(reading));
  RAPPEL_ASSIGN(const auto others, origins->origins_of(file.id));
  if (!others.empty()) return std::optional<FileReading>();  // the document went with a file that was moved
  reading.document.origin = std::make_shared<FileOrigin>(file.origin());
  return std::optional(std::move(reading));
}

Result<std::optional<FileReading>> FileRecognition::mail(const FileToRead& mail,
                                                         const std::string& hash) const {
  OriginStore* const origins = retrieval_.origins();
  if (settings_.force || origins == nullptr) return std::optional<FileReading>();
  RAPPEL_ASSIGN(const auto known, origins->files_at(mail.path));
  for (const KnownFile& each : known) {
    const auto expected = marks_.attached_in(each.origin.content, hash);
    if (!expected || each.origin.settings != mail.settings) continue;
    RAPPEL_ASSIGN(const std::vector<KnownFile> attached,
                  origins->files_below(mail.path + std::string(kArchiveFolder), nullptr, *expected + 1));
    if (attached.size() != *expected) continue;
    FileReading reading = recognized(Kind::kUnchanged, each.id);
    for (const KnownFile& file : attached) {
      reading.inner.push_back(recognized(Kind::kUnchanged, file.id));
      reading.inner.back().name = shown_name(mail, file.origin.path);
      reading.inner.back().path = file.origin.path;
    }
    return std::optional(std::move(reading));
  }
  return std::optional<FileReading>();
}

}  // namespace rappel
