#include "cli/ingest_report.h"

#include <fmt/format.h>

#include <ostream>

#include "base/escape_controls.h"
#include "base/os/file.h"
#include "base/units.h"

namespace rappel {
namespace {

constexpr std::size_t kNamedFailures = 50;
constexpr std::size_t kNamedSkips = 20;

}  // namespace

void IngestReport::failed(const std::string& message) {
  if (++failures_ > kNamedFailures) return;
  progress_.clear();
  err_ << "rappel: " << escape_controls(message)
       << (failures_ == kNamedFailures ? " (further failures are only counted)" : "") << std::endl;
}

void IngestReport::skipped(const std::string& kind, const std::string& message) {
  ++kinds_[kind];
  if (++skips_ <= kNamedSkips) messages_.push_back(message);
}

void IngestReport::warned(const std::string& message) {
  if (++warnings_ > kNamedFailures) return;
  progress_.clear();
  err_ << "rappel: warning: " << message
       << (warnings_ == kNamedFailures ? " (further warnings are only counted)" : "") << std::endl;
}

void IngestReport::advanced(const IngestCounts& counts) {
  progress_.show(count_text(counts.stored, "document"), counts.bytes_done, counts.bytes_total,
                 counts.bytes_done);
}

void IngestReport::finished(const IngestItem& item) {
  const bool usual =
      item.outcome == IngestItem::Outcome::kStored || item.outcome == IngestItem::Outcome::kUnchanged;
  if (usual && item.warnings.empty() && item.similar.empty()) return;
  Json json{{"path", item.name}, {"outcome", outcome_name(item.outcome)}};
  if (!item.document_id.empty()) json["document_id"] = item.document_id;
  if (!item.kind.empty()) json["kind"] = item.kind;
  if (!item.reason.empty())
    json[item.outcome == IngestItem::Outcome::kMoved ? "moved_from" : "reason"] = item.reason;
  if (!item.warnings.empty()) json["warnings"] = item.warnings;
  if (!item.similar.empty()) json["similar_to"] = item.similar;
  items_.push_back(std::move(json));
}

void IngestReport::print_summary(const IngestCounts& counts, bool dry_run, std::ostream& out) {
  progress_.clear();
  for (const std::string& message : messages_) err_ << "rappel: " << escape_controls(message) << "\n";
  if (skips_ > kNamedSkips) err_ << "rappel: and " << skips_ - kNamedSkips << " more skipped\n";
  err_.flush();
  std::string reasons;
  for (const auto& [kind, count] : kinds_)
    reasons += fmt::format("{}{} {}", reasons.empty() ? " (" : ", ", count, kind);
  if (!reasons.empty()) reasons += ")";
  if (counts.warnings > 0) reasons += ", " + count_text(counts.warnings, "warning");
  if (counts.similar > 0) reasons += fmt::format(", {} nearly the same as another", counts.similar);
  std::string changes = fmt::format("{} unchanged", counts.unchanged);
  if (counts.moved > 0) changes += fmt::format(", {} moved", counts.moved);
  if (counts.copies > 0) changes += ", " + count_text(counts.copies, "copy", "copies");
  if (counts.removed > 0) changes += fmt::format(", {} removed", counts.removed);
  out << fmt::format("{} {}stored, {}, {} failed, {} skipped{} in {:.1f} s{}\n",
                     count_text(counts.stored, "document"), dry_run ? "would be " : "", changes,
                     counts.failed, counts.skipped, reasons, progress_.seconds(),
                     dry_run ? "; --dry-run: nothing was changed" : "");
}

Status IngestReport::write(const std::string& file, const IngestCounts& counts,
                           const Circumstances& circumstances) const {
  const Json report{{"stored", counts.stored},
                    {"unchanged", counts.unchanged},
                    {"moved", counts.moved},
                    {"copies", counts.copies},
                    {"removed", counts.removed},
                    {"similar", counts.similar},
                    {"failed", counts.failed},
                    {"skipped", counts.skipped},
                    {"warnings", counts.warnings},
                    {"bytes", counts.bytes_done},
                    {"seconds", progress_.seconds()},
                    {"engine_seconds", circumstances.engine_seconds},
                    {"tokens", circumstances.tokens},
                    {"stopped", circumstances.stopped},
                    {"items", items_}};
  return write_file_atomic(file, dump_json(report) + "\n");
}

void IngestReport::clear() {
  failures_ = warnings_ = skips_ = 0;
  kinds_.clear();
  messages_.clear();
  items_ = Json::array();
}

}  // namespace rappel
