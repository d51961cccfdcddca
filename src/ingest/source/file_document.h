// A file as a document.
#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "base/os/file.h"
#include "base/status.h"
#include "ingest/document.h"
#include "ingest/extract/file_format.h"
#include "ingest/source/walk.h"

namespace rappel {

// Id and metadata of a file; `text` stays empty. The id is the printable file name and a hash of the file's
// place (links resolved): it stays the same as long as the file stays where it is. created_at is the
// modification time.
Result<DocumentInput> describe_file(const FoundFile& file);

// The name of a file in messages.
std::string shown_name(const FoundFile& file);

// The bytes of a file: a large one is mapped, so that it takes no memory of its own.
class FileBytes {
 public:
  FileBytes() = default;
  explicit FileBytes(std::string text) : text_(std::move(text)) {}
  explicit FileBytes(std::shared_ptr<const MappedFile> file) : file_(std::move(file)) {}
  // A part of `file` (null: of memory); both belong to someone else.
  FileBytes(std::string_view part, const MappedFile* file) : part_(part), part_of_(file) {}

  std::string_view view() const;  // lives as long as the object, which may not be moved meanwhile
  const MappedFile* file() const { return file_ != nullptr ? file_.get() : part_of_; }  // null: in memory
  // After reading. kUnavailable: another program has cut the file since, or the disk cannot read it.
  Status check() const;

 private:
  std::string text_;
  std::shared_ptr<const MappedFile> file_;
  std::string_view part_;
  const MappedFile* part_of_ = nullptr;
};

// All bytes of a file, of its stream or of a request. kResourceExhausted if there are more than max_bytes.
Result<FileBytes> read_found(const FoundFile& file, std::size_t max_bytes);

// The text of a file, and the warnings about it, by way of ingest/extract. Errors of read_file() and
// extract().
Result<ExtractedDocument> read_document(const std::filesystem::path& path, std::size_t max_bytes,
                                        const ReadCall& call = {});

// The id of what lies at `path` (links resolved): "notes.md-0123456789abcdef".
std::string place_id(const std::filesystem::path& name, const std::filesystem::path& path);

// 16 hex digits (64-bit FNV-1a). Tells names apart; not safe against forgery.
std::string short_hash(std::string_view text);

}  // namespace rappel
