#include "retrieve/ingest_tally.h"

#include <utility>

namespace rappel {

using Outcome = IngestItem::Outcome;

const char* outcome_name(Outcome outcome) {
  switch (outcome) {
    case Outcome::kStored: return "stored";
    case Outcome::kUnchanged: return "unchanged";
    case Outcome::kMoved: return "moved";
    case Outcome::kCopy: return "copy";
    case Outcome::kRemoved: return "removed";
    case Outcome::kSkipped: return "skipped";
    case Outcome::kFailed: return "failed";
  }
  return "";
}

void IngestTally::failed(IngestItem item) {
  ++counts.failed;
  observer_.failed(item.reason);
  observer_.finished(item);
}

void IngestTally::failed(const std::string& name, const std::string& message) {
  failed({.outcome = Outcome::kFailed, .name = name, .reason = message});
}

void IngestTally::failed(const std::string& name, const Status& status) {
  failed({.outcome = Outcome::kFailed,
          .name = name,
          .reason = name + ": " + status.to_string(),
          .failure = status});
}

void IngestTally::unread(const std::string& name, const Status& status) {
  failed({.outcome = Outcome::kFailed,
          .name = name,
          .reason = status.to_string(),
          .failure = status,
          .unread = true});
}

void IngestTally::replaced(const std::string& name, const std::string& id, const std::string& by) {
  observer_.finished({.outcome = Outcome::kSkipped,
                      .name = name,
                      .document_id = id,
                      .kind = "same id",
                      .reason = by + " replaces " + name});
}

void IngestTally::skipped(const std::string& kind, const std::string& name, const std::string& message,
                          bool unexpected, const std::vector<std::string>& warnings) {
  ++counts.skipped;
  if (unexpected) ++counts.named_skipped;
  observer_.skipped(kind, message);
  observer_.finished(
      {.outcome = Outcome::kSkipped, .name = name, .kind = kind, .reason = message, .warnings = warnings});
}

void IngestTally::warned(const std::string& name, const std::vector<std::string>& warnings) {
  counts.warnings += warnings.size();
  for (const std::string& warning : warnings) observer_.warned(name + ": " + warning);
}

void IngestTally::stored(const std::string& name, const std::string& id,
                         const std::vector<std::string>& warnings, std::vector<std::string> similar) {
  warned(name, warnings);
  if (!similar.empty()) ++counts.similar;
  observer_.finished({.outcome = Outcome::kStored,
                      .name = name,
                      .document_id = id,
                      .warnings = warnings,
                      .similar = std::move(similar)});
}

void IngestTally::unchanged(const std::string& name, const std::string& id) {
  ++counts.unchanged;
  observer_.finished({.outcome = Outcome::kUnchanged, .name = name, .document_id = id});
}

void IngestTally::moved(const std::string& name, const std::string& id, const std::string& before) {
  ++counts.moved;
  observer_.finished({.outcome = Outcome::kMoved, .name = name, .document_id = id, .reason = before});
}

void IngestTally::copied(const std::string& name, const std::string& id) {
  ++counts.copies;
  observer_.finished({.outcome = Outcome::kCopy, .name = name, .document_id = id});
}

void IngestTally::removed(const std::string& name, const std::string& id) {
  ++counts.removed;
  observer_.finished({.outcome = Outcome::kRemoved, .name = name, .document_id = id});
}

}  // namespace rappel
