#include "ingest/source/file_document.h"

#include <fmt/format.h>

#include <chrono>
#include <system_error>

#include "base/os/file.h"
#include "base/os/stream.h"
#include "base/timestamp.h"
#include "ingest/extract/extract.h"
#include "ingest/source/printable_name.h"

namespace rappel {

namespace fs = std::filesystem;

std::string short_hash(std::string_view text) {
  std::uint64_t hash = 0xcbf29ce484222325;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  return fmt::format("{:016x}", hash);
}

std::string place_id(const fs::path& name, const fs::path& path) {
  return printable_name(name.filename().string()) + "-" + short_hash(path.string());
}

Result<DocumentInput> describe_file(const FoundFile& file) {
  std::error_code error;
  const fs::path canonical = fs::canonical(file.path, error);
  const auto modified = error ? fs::file_time_type() : fs::last_write_time(canonical, error);
  if (error)
    return Status(Code::kNotFound,
                  "cannot read " + printable_name(file.path.string()) + ": " + error.message());
  const auto time = std::chrono::time_point_cast<std::chrono::system_clock::duration>(
      std::chrono::file_clock::to_sys(modified));
  DocumentInput document;
  document.id = place_id(file.path, canonical);
  document.metadata.source = "file";
  document.metadata.source_id = file.name;
  document.metadata.filename = printable_name(file.path.filename().string());
  document.metadata.filesize = static_cast<std::int64_t>(file.bytes);
  document.metadata.created_at = *Timestamp::parse(format_timestamp_utc(time));
  return document;
}

std::string shown_name(const FoundFile& file) {
  return file.sent != nullptr ? file.name
         : file.stream < 0    ? printable_name(file.path.string())
         : file.name.empty()  ? "standard input"
                              : file.name;
}

std::string_view FileBytes::view() const {
  if (part_.data() != nullptr) return part_;
  if (file_ == nullptr) return text_;
  const auto bytes = file_->bytes();
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

Status FileBytes::check() const {
  if (file() == nullptr || !file()->is_damaged()) return {};
  return Status(Code::kUnavailable, "cannot read " + printable_name(file()->path().string()) +
                                        ": another program cut it meanwhile, or the disk cannot read all of "
                                        "it; read it again when it is whole");
}

namespace {

// A file that cannot be mapped, or is too large, is left to read_file().
Result<FileBytes> file_bytes(const fs::path& path, std::size_t max_bytes) {
  constexpr std::uintmax_t kLeastMapped = std::uintmax_t{1} << 20;
  std::error_code error;
  const std::uintmax_t size = fs::file_size(path, error);
  if (!error && size >= kLeastMapped && size <= max_bytes)
    if (auto mapped = MappedFile::open(path); mapped.ok() && (*mapped)->bytes().size() <= max_bytes)
      return FileBytes(std::move(*mapped));
  RAPPEL_ASSIGN(std::string text, read_file(path, max_bytes));
  return FileBytes(std::move(text));
}

}  // namespace

Result<FileBytes> read_found(const FoundFile& file, std::size_t max_bytes) {
  if (file.sent != nullptr && file.sent->bytes.data() != nullptr)
    return FileBytes(file.sent->bytes, file.sent->body);
  if (file.stream < 0) return file_bytes(file.path, max_bytes);
  RAPPEL_ASSIGN(std::string text, read_stream(file.stream, shown_name(file), max_bytes));
  return FileBytes(std::move(text));
}

Result<ExtractedDocument> read_document(const fs::path& path, std::size_t max_bytes, const ReadCall& call) {
  RAPPEL_ASSIGN(const FileBytes bytes, file_bytes(path, max_bytes));
  ReadCall reading = call;
  reading.file = bytes.file();
  auto document = extract(bytes.view(), {printable_name(path.string()), "", ""}, reading);
  RAPPEL_TRY(bytes.check());
  return document;
}

}  // namespace rappel
