// A file as a document.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>

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

// All bytes of a file or of its stream. kResourceExhausted if there are more than max_bytes.
Result<std::string> read_found(const FoundFile& file, std::size_t max_bytes);

// The text of a file, and the warnings about it, by way of ingest/extract. Errors of read_file() and
// extract().
Result<ExtractedDocument> read_document(const std::filesystem::path& path, std::size_t max_bytes,
                                        const ReadCall& call = {});

// The id of what lies at `path` (links resolved): "notes.md-0123456789abcdef".
std::string place_id(const std::filesystem::path& name, const std::filesystem::path& path);

// 16 hex digits (64-bit FNV-1a). Tells names apart; not safe against forgery.
std::string short_hash(std::string_view text);

}  // namespace rappel
