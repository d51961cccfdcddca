#include "retrieve/file_sources.h"

#include <algorithm>
#include <filesystem>
#include <map>
#include <utility>
#include <vector>

#include "base/ascii.h"
#include "base/cancelled.h"
#include "ingest/source/file_place.h"
#include "ingest/source/printable_name.h"

namespace rappel {
namespace {

namespace fs = std::filesystem;

std::string extension_of(const std::string& path) { return lower_case(fs::path(path).extension().string()); }

std::string filename_of(const FileOrigin& origin) {
  return printable_name(fs::path(origin.path).filename().string());
}

// The value of kCopiesKey for these files. Those that were sent may have no source_id.
std::vector<std::string> copies_of(std::span<const FileOrigin> origins, const Metadata& metadata) {
  std::vector<std::string> names;
  if (origins.size() < 2) return names;
  const auto& first = metadata.source_id ? metadata.source_id : metadata.filename;
  for (const FileOrigin& origin : origins)
    if (!origin.name.empty() && origin.name != first) names.push_back(origin.name);
  std::sort(names.begin(), names.end());
  if (names.size() > kMostCopies) names.resize(kMostCopies);
  return names;
}

bool holds(std::span<const FileOrigin> origins, const std::string& path) {
  return std::any_of(origins.begin(), origins.end(), [&](const auto& each) { return each.path == path; });
}

// The name of the mail that the file was attached to. Nothing: it is no such file.
std::optional<std::string> mail_of(const FileOrigin& origin) {
  const std::size_t at = origin.path.rfind(kInArchive);
  if (at == std::string::npos) return std::nullopt;
  const std::string end = "/" + origin.path.substr(at + kInArchive.size());
  if (!origin.name.ends_with(end)) return std::nullopt;
  return origin.name.substr(0, origin.name.size() - end.size());
}

// `metadata` named the first file, which is gone.
void rename_source(const FileOrigin& gone, const FileOrigin& left, Metadata& metadata) {
  if (metadata.filename == filename_of(gone)) metadata.filename = filename_of(left);
  metadata.source_id = left.name;
  const auto mail = metadata.custom.find(kAttachedToKey);
  const auto before = mail_of(gone), after = mail_of(left);
  if (!before || mail == metadata.custom.end() || !(mail->second == MetadataValue(*before))) return;
  if (after)
    mail->second = *after;
  else
    metadata.custom.erase(mail);
}

// Removals and changes on their way, many in one transaction.
class Forgetting {
 public:
  Forgetting(Retrieval& retrieval, const std::function<void(const KnownFile&)>& done)
      : retrieval_(retrieval), done_(done) {}

  // All files of one document that are to be forgotten.
  Status add(const std::string& id, const std::vector<KnownFile>& files) {
    std::vector<std::string> removed;
    for (const KnownFile& file : files) removed.push_back(file.origin.path);
    RAPPEL_ASSIGN(std::optional<OriginChange> change, change_sources(retrieval_, id, removed, {}));
    if (change)
      changes_.push_back(std::move(*change));
    else
      whole_.ids.push_back(id);
    files_.insert(files_.end(), files.begin(), files.end());
    return changes_.size() + whole_.ids.size() < kAtOnce ? Status() : flush();
  }

  Status flush() {
    if (!whole_.ids.empty()) RAPPEL_TRY(retrieval_.remove(std::exchange(whole_, {})).status());
    if (!changes_.empty()) RAPPEL_TRY(retrieval_.change_origins(std::exchange(changes_, {})));
    for (const KnownFile& file : std::exchange(files_, {})) done_(file);
    return {};
  }

 private:
  static constexpr std::size_t kAtOnce = 200;

  Retrieval& retrieval_;
  const std::function<void(const KnownFile&)>& done_;
  DeleteInput whole_;
  std::vector<OriginChange> changes_;
  std::vector<KnownFile> files_;  // of both
};

}  // namespace

bool is_same_content(const FileOrigin& a, const FileOrigin& b) {
  return a.content == b.content && a.settings == b.settings && extension_of(a.path) == extension_of(b.path);
}

void rename_sources(std::span<const FileOrigin> before, std::span<const FileOrigin> after,
                    Metadata& metadata) {
  const std::vector<std::string> old_copies = copies_of(before, metadata);
  for (const FileOrigin& gone : before) {
    if (after.empty() || after.back().name.empty() || holds(after, gone.path)) continue;
    if (metadata.source_id == gone.name) rename_source(gone, after.back(), metadata);
  }
  const auto copies = metadata.custom.find(kCopiesKey);
  if (copies != metadata.custom.end() && !(copies->second == MetadataValue(old_copies))) return;
  const std::vector<std::string> new_copies = copies_of(after, metadata);
  if (new_copies.empty())
    metadata.custom.erase(kCopiesKey);
  else
    metadata.custom[kCopiesKey] = new_copies;
}

Result<std::optional<OriginChange>> change_sources(Retrieval& retrieval, const std::string& id,
                                                   std::span<const std::string> removed,
                                                   std::span<const FileOrigin> added) {
  RAPPEL_ASSIGN(const std::vector<FileOrigin> before, retrieval.origins()->origins_of(id));
  std::vector<FileOrigin> after = before;
  std::erase_if(after, [&](const FileOrigin& origin) {
    return std::find(removed.begin(), removed.end(), origin.path) != removed.end() ||
           holds(added, origin.path);
  });
  after.insert(after.end(), added.begin(), added.end());
  if (after.empty()) return std::optional<OriginChange>();
  OriginChange change{
      .id = id, .removed = {removed.begin(), removed.end()}, .added = {added.begin(), added.end()}};
  RAPPEL_ASSIGN(DocumentPage page, retrieval.list(Filter::document(id), 0, 1));
  if (page.documents.empty()) return std::optional(std::move(change));
  change.metadata = std::move(page.documents[0].metadata);
  rename_sources(before, after, *change.metadata);
  return std::optional(std::move(change));
}

Status forget_files(Retrieval& retrieval, std::span<const KnownFile> files,
                    const std::function<void(const KnownFile&)>& done) {
  std::map<std::string, std::vector<KnownFile>> by_document;
  for (const KnownFile& file : files) by_document[file.id].push_back(file);
  Forgetting forgetting(retrieval, done);
  for (const auto& [id, of_document] : by_document) RAPPEL_TRY(forgetting.add(id, of_document));
  return forgetting.flush();
}

Status visit_files_below(OriginStore& origins, const std::string& folder,
                         const std::function<Status(std::span<const KnownFile> page)>& visit,
                         const std::stop_token& stop) {
  constexpr std::size_t kPage = 1000;
  std::optional<KnownFile> last;
  for (;;) {
    if (stop.stop_requested()) return request_cancelled();
    RAPPEL_ASSIGN(const std::vector<KnownFile> page,
                  origins.files_below(folder, last ? &*last : nullptr, kPage));
    RAPPEL_TRY(visit(page));
    if (page.size() < kPage) return {};
    last = page.back();
  }
}

}  // namespace rappel
