// StoredFile: a file in a vector store: its document is in the collection, or on its way there. FileBatch:
// files that were added together. Both are kept in the journal of their store (store_journal.h).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/status.h"
#include "ingest/document.h"
#include "server/vector_stores/attributes.h"

namespace rappel {

enum class FileState { kInProgress, kCompleted, kFailed, kCancelled };

std::string_view file_state_name(FileState state);  // "in_progress"
std::optional<FileState> parse_file_state(std::string_view name);

struct StoredFile {
  std::string file_id;  // also the id of the document
  std::string name;
  std::string content_type;
  std::string owner;  // Principal::id of the token that added it
  std::uint64_t bytes = 0;
  std::int64_t created_us = 0;  // when it was added
  FileState state = FileState::kInProgress;
  std::string error_code, error;  // kFailed: server_error, unsupported_file or invalid_file, and the message
  std::optional<ChunkSizes> chunks;  // nothing: as the collection has them
  Attributes attributes;
  bool leaving = false;  // its document is being removed; clients do not see it
  // Of this process: another one each time that the file is to be read.
  std::uint64_t version = 0;
};

struct FileBatch {
  std::string id;
  std::string owner;
  std::int64_t created_us = 0;
  std::vector<std::string> files;  // ids
  bool cancelled = false;
};

struct FileCounts {
  std::size_t in_progress = 0, completed = 0, failed = 0, cancelled = 0;
  void add(FileState state);
  std::size_t total() const { return in_progress + completed + failed + cancelled; }
};

// Lines of a journal, without line ends. The last line about a file stands.
struct GoneFile {
  std::string file_id;
};
struct ActiveStore {
  std::int64_t at = 0;  // seconds since 1970
};
struct StoreBirth {
  std::int64_t created_at = 0;  // of the collection
};
struct NewBatch {
  FileBatch batch;
  std::vector<StoredFile> files;  // in_progress
};
using JournalEntry = std::variant<StoreBirth, StoredFile, GoneFile, NewBatch, ActiveStore>;

std::string journal_line(const JournalEntry& entry);
// kInvalidArgument: the line was not written to its end, or is of another version.
Result<JournalEntry> parse_journal_line(std::string_view line);

}  // namespace rappel
