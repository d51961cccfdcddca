#include "retrieve/ingest_run.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <set>
#include <system_error>
#include <unordered_set>
#include <utility>
#include <vector>

#include "base/os/file.h"
#include "codec/json_lines.h"
#include "ingest/extract/properties.h"
#include "ingest/source/file_document.h"
#include "ingest/source/manifest.h"
#include "ingest/source/printable_name.h"
#include "retrieve/document_id.h"

namespace rappel {
namespace {

namespace fs = std::filesystem;

class Run {
 public:
  Run(Retrieval& retrieval, const IngestSettings& settings, IngestObserver& observer,
      const std::stop_token& stop)
      : retrieval_(retrieval), settings_(settings), observer_(observer), stop_(stop) {}

  IngestCounts run(const FoundFiles& found) {
    for (const auto* list : {&found.manifests, &found.texts})
      for (const FoundFile& file : *list) counts_.bytes_total += file.bytes;
    for (const std::string& problem : found.problems) fail(problem);
    for (const FoundFile& file : found.manifests) manifest(file);
    for (const FoundFile& file : found.texts) text_file(file);
    flush();
    for (const SkippedPath& path : found.skipped) skip(path.kind, path.reason, false);
    return counts_;
  }

 private:
  struct Pending {
    DocumentInput document;  // with its id
    std::string origin;      // for messages
    bool named = false;      // by the user
    std::vector<std::string> warnings = {};
  };

  void fail(const std::string& message) {
    ++counts_.failed;
    observer_.failed(message);
  }
  void warn(const std::string& message) {
    ++counts_.warnings;
    observer_.warned(message);
  }
  void skip(const std::string& kind, const std::string& message, bool named) {
    ++counts_.skipped;
    if (named) ++counts_.named_skipped;
    observer_.skipped(kind, message);
  }

  void text_file(const FoundFile& file) {
    if (stop_.stop_requested()) return;
    counts_.bytes_done += file.bytes;
    std::error_code error;
    if (taken_by_manifest_.contains(fs::canonical(file.path, error))) return;
    auto document = describe_file(file);
    if (!document.ok()) return fail(document.status().to_string());
    if (unchanged(*document)) {
      ++counts_.unchanged;
      return;
    }
    auto read = read_document(file.path, settings_.max_file_bytes, {stop_, settings_.password});
    if (read.status().code() == Code::kCancelled) return;
    if (!read.ok()) return fail(read.status().to_string());
    document->text = std::move((*read).text);
    document->outline = std::move((*read).outline);
    add_properties((*read).properties, document->metadata);
    add({std::move(document).value(), printable_name(file.path.string()), file.named,
         std::move((*read).warnings)});
  }

  bool unchanged(const DocumentInput& document) {
    if (settings_.force) return false;
    const auto page = retrieval_.list(Filter::document(*document.id), 0, 1);
    if (!page.ok() || (*page).documents.empty()) return false;
    const Metadata& stored = (*page).documents[0].metadata;
    return stored.filesize == document.metadata.filesize && stored.created_at == document.metadata.created_at;
  }

  void manifest(const FoundFile& file) {
    if (stop_.stop_requested()) return;
    const auto opened = open_regular_file(file.path);
    if (!opened.ok()) return fail(opened.status().to_string());
    const auto where = [name = printable_name(file.path.string())](std::size_t line) {
      return fmt::format("{} line {}", name, line);
    };
    JsonLineReader lines(
        (*opened).get(), settings_.max_file_bytes,
        [&](std::size_t line, const std::string& problem) { fail(where(line) + ": " + problem); });
    JsonLineReader::Record record;
    while (!stop_.stop_requested() && lines.next(&record)) {
      counts_.bytes_done += record.bytes + 1;
      auto line = manifest_document(file.path, record.object, settings_.max_file_bytes, stop_);
      if (line.status().code() == Code::kCancelled) return;
      if (!line.ok()) {
        lines.reject(record.line, line.status().to_string());
        continue;
      }
      if ((*line).file) taken_by_manifest_.insert(*(*line).file);
      if (!(*line).document.id) (*line).document.id = id_of(*line);
      add({std::move((*line).document), where(record.line), false, std::move((*line).warnings)});
    }
  }

  // The id of a line without one. Equal texts had one former id: only the first of them keeps it.
  std::string id_of(const ManifestDocument& line) {
    if (!ids_.contains(line.former_id)) {
      const auto page = retrieval_.list(Filter::document(line.former_id), 0, 1);
      if (page.ok() && !(*page).documents.empty()) return line.former_id;
    }
    return derived_id(line.document);
  }

  void add(Pending pending) {
    const std::string& id = *pending.document.id;
    if (!ids_.insert(id).second) {
      skip("same id", fmt::format("{} replaces an earlier document of the id {}", pending.origin, id), false);
      const auto same = [&](const Pending& other) { return other.document.id == id; };
      if (const auto earlier = std::find_if(pending_.begin(), pending_.end(), same);
          earlier != pending_.end()) {
        pending_bytes_ -= earlier->document.text.size();
        pending_.erase(earlier);
      }
    }
    pending_bytes_ += pending.document.text.size();
    pending_.push_back(std::move(pending));
    if (pending_.size() >= settings_.batch_documents || pending_bytes_ >= settings_.batch_bytes) flush();
  }

  void flush() {
    if (pending_.empty()) return;
    std::vector<DocumentInput> documents;
    for (const Pending& pending : pending_) documents.push_back(pending.document);
    const auto ids = retrieval_.upsert(std::move(documents));
    for (const Pending& pending : pending_) {
      if (ids.ok() || pending_.size() == 1)
        settle(pending, ids);
      else
        settle(pending, retrieval_.upsert({pending.document}));
    }
    pending_.clear();
    pending_bytes_ = 0;
    counts_.stored = stored_.size();
    observer_.advanced(counts_);
  }

  // `ids`: what the store took of the call that `pending` was part of.
  void settle(const Pending& pending, const Result<std::vector<std::string>>& ids) {
    const std::string& id = *pending.document.id;
    if (!ids.ok()) return fail(pending.origin + ": " + ids.status().to_string());
    if (std::find((*ids).begin(), (*ids).end(), id) != (*ids).end()) {
      stored_.insert(id);
      for (const std::string& warning : pending.warnings) warn(pending.origin + ": " + warning);
      return;
    }
    stored_.erase(id);
    if (pending.document.text.find_first_not_of(" \t\r\n\f\v") == std::string::npos)
      skip("empty", "cannot store " + pending.origin + ": its text is empty", pending.named);
    else
      skip("too short",
           fmt::format("cannot store {}: its text has no more than {} characters (MIN_CHUNK_LENGTH_TO_EMBED)",
                       pending.origin, retrieval_.options().chunk.min_document),
           pending.named);
  }

  Retrieval& retrieval_;
  const IngestSettings& settings_;
  IngestObserver& observer_;
  const std::stop_token& stop_;
  std::set<fs::path> taken_by_manifest_;  // links resolved
  std::unordered_set<std::string> ids_;   // of all documents so far
  std::unordered_set<std::string> stored_;
  std::vector<Pending> pending_;  // each id once
  std::size_t pending_bytes_ = 0;
  IngestCounts counts_;
};

}  // namespace

IngestCounts run_ingest(Retrieval& retrieval, const FoundFiles& found, const IngestSettings& settings,
                        IngestObserver& observer, const std::stop_token& stop) {
  return Run(retrieval, settings, observer, stop).run(found);
}

}  // namespace rappel
