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
  return file.stream < 0     ? printable_name(file.path.string())
         : file.name.empty() ? "standard input"
                             : file.name;
}

Result<std::string> read_found(const FoundFile& file, std::size_t max_bytes) {
  if (file.stream < 0) return read_file(file.path, max_bytes);
  return read_stream(file.stream, shown_name(file), max_bytes);
}

Result<ExtractedDocument> read_document(const fs::path& path, std::size_t max_bytes, const ReadCall& call) {
  RAPPEL_ASSIGN(const std::string content, read_file(path, max_bytes));
  return extract(content, {printable_name(path.string()), "", ""}, call);
}

}  // namespace rappel
