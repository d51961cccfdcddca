// StoreJournal: what is known of the files in one vector store, as lines on disk: ROOT/NAME/journal, NAME
// being the collection. A line that a crash has cut counts as not written.
#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "server/vector_stores/stored_file.h"

namespace rappel {

class StoreJournal {
 public:
  explicit StoreJournal(std::filesystem::path root) : root_(std::move(root)) {}

  // The names of collections with a journal.
  std::vector<std::string> names() const;
  // The lines that can be read; empty if there is none.
  Result<std::vector<JournalEntry>> load(std::string_view name) const;
  // `sync`: it is on disk when the call returns.
  Status append(std::string_view name, const JournalEntry& entry, bool sync) const;
  // Instead of all lines.
  Status rewrite(std::string_view name, std::span<const JournalEntry> entries) const;
  void remove(std::string_view name) const;

 private:
  const std::filesystem::path root_;
};

}  // namespace rappel
