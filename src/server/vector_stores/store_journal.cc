#include "server/vector_stores/store_journal.h"

#include <algorithm>
#include <system_error>

#include "base/os/file.h"
#include "base/os/private_file.h"
#include "base/os/scratch_file.h"
#include "store/collection.h"

namespace rappel {
namespace {

namespace fs = std::filesystem;

constexpr const char* kJournal = "journal";

}  // namespace

std::vector<std::string> StoreJournal::names() const {
  std::vector<std::string> names;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(root_, error)) {
    std::string name = entry.path().filename().string();
    if (entry.is_directory(error) && check_collection_name(name).ok()) names.push_back(std::move(name));
  }
  return names;
}

Result<std::vector<JournalEntry>> StoreJournal::load(std::string_view name) const {
  std::vector<JournalEntry> entries;
  std::error_code error;
  const fs::path path = root_ / name / kJournal;
  if (!fs::exists(path, error)) return entries;
  RAPPEL_ASSIGN(const std::string text, read_file(path));
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    auto entry = parse_journal_line(std::string_view(text).substr(at, end - at));
    if (entry.ok()) entries.push_back(std::move(*entry));
    at = end + 1;
  }
  return entries;
}

Status StoreJournal::append(std::string_view name, const JournalEntry& entry, bool sync) const {
  const fs::path folder = root_ / name;
  std::error_code error;
  const bool is_new = !fs::exists(folder / kJournal, error);
  if (is_new) RAPPEL_TRY(make_private_folder(folder));
  RAPPEL_TRY(append_private_lines(folder / kJournal, journal_line(entry) + "\n", sync));
  if (!is_new || !sync) return {};
  RAPPEL_TRY(sync_folder(folder));
  return sync_folder(root_);
}

Status StoreJournal::rewrite(std::string_view name, std::span<const JournalEntry> entries) const {
  std::string lines;
  for (const JournalEntry& entry : entries) lines += journal_line(entry) + "\n";
  return write_file_atomic(root_ / name / kJournal, lines, /*secret=*/true);
}

void StoreJournal::remove(std::string_view name) const { remove_whole_folder(root_, std::string(name)); }

}  // namespace rappel
