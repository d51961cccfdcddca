// Files to ingest: what lies under the paths of a command line, and one file as a document.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "base/status.h"
#include "retrieve/retrieval.h"

namespace rappel {

struct FoundFile {
  std::filesystem::path path;
  std::string name;  // relative to the folder that was named; '/' between parts
  std::uint64_t bytes = 0;
};

struct FoundFiles {
  std::vector<FoundFile> manifests;            // .jsonl
  std::vector<FoundFile> texts;                // .txt, .md, .markdown
  std::map<std::string, std::size_t> skipped;  // reason -> how many
  std::vector<std::string> problems;           // a path that does not exist or cannot be read
};

// Sorted by path. Hidden files and folders are left out, links to folders not followed. A path that is named
// itself must be of a known type.
FoundFiles find_files(const std::vector<std::string>& paths);

// Id and metadata of a file: the id stays the same as long as the file stays where it is; created_at is its
// modification time. `text` is left empty.
Result<DocumentInput> describe_file(const FoundFile& file);

// The text of a file: UTF-8, without a byte order mark.
Result<std::string> read_text_file(const std::filesystem::path& path, std::size_t max_bytes);

// 16 hex digits (FNV-1a, 64 bits): to tell names apart, not against forgery.
std::string short_hash(std::string_view text);

}  // namespace rappel
