// rappel store verify|repair|accept|backup: the stored documents as files. No model is loaded.
#include <fmt/format.h>

#include <ostream>

#include "base/escape_controls.h"
#include "base/units.h"
#include "cli/command.h"
#include "codec/json.h"
#include "config/settings.h"
#include "wiring/store_maintenance.h"

namespace rappel {
namespace {

void print(const StoreReport& report, const Terminal& style, std::ostream& out) {
  constexpr std::size_t kWordsColumn = 11;
  for (const auto& [part, words] : report.looked_at)
    out << fmt::format("{:<10} {}\n", part, style.fitted(words, kWordsColumn));
  for (const Status& finding : report.findings)
    out << "\n"
        << style.paint(Paint::kBad, "damaged:") << " " << style.fitted(finding.to_string(), 0) << "\n";
  for (const std::string& id : report.damaged_documents)
    out << "damaged document: " << escape_controls(id) << "\n";
  for (const std::string& id : report.removed_documents)
    out << "removed document: " << escape_controls(id) << "\n";
  out << "\n"
      << (report.findings.empty() ? style.paint(Paint::kGood, "the store is sound")
                                  : style.paint(Paint::kBad, count_text(report.findings.size(), "finding")))
      << "\n";
}

Json report_json(const StoreReport& report) {
  Json looked = Json::array(), findings = Json::array();
  for (const auto& [part, words] : report.looked_at) looked.push_back({{"what", part}, {"found", words}});
  for (const Status& finding : report.findings)
    findings.push_back({{"id", std::string(finding.id())}, {"message", finding.to_string()}});
  return {{"ok", report.findings.empty()},
          {"looked_at", std::move(looked)},
          {"findings", std::move(findings)},
          {"damaged_documents", report.damaged_documents},
          {"removed_documents", report.removed_documents}};
}

int show(CommandContext& context, const Result<StoreReport>& report) {
  if (!report.ok()) return context.console.fail(kExitUsage, report.status());
  if (context.options.boolean("--json"))
    *context.console.out << dump_json(report_json(*report)) << "\n";
  else
    print(*report, context.console.out_style, *context.console.out);
  return report->findings.empty() ? kExitOk : kExitFailed;
}

int finish(CommandContext& context, const Status& status, const std::string& words) {
  if (!status.ok()) return context.console.fail(kExitFailed, status);
  *context.console.out << words << "\n";
  return kExitOk;
}

}  // namespace

int run_store(CommandContext& context) {
  const auto chosen = chosen_store(context);
  if (!chosen.ok()) return context.console.fail(kExitUsage, chosen.status());
  const StoreSettings& settings = chosen->settings;
  const std::string& action = context.arguments[0];
  const bool has_file = context.arguments.size() > 1;
  if (action == "backup" && has_file)
    return finish(context, backup_store(settings, context.arguments[1]), "written: " + context.arguments[1]);
  if (has_file || (action != "verify" && action != "repair" && action != "accept"))
    return context.console.fail(
        kExitUsage, Status(Code::kInvalidArgument, "store: use verify, repair, accept or backup FILE"));
  const bool drop_damaged = context.options.boolean("--drop-damaged");
  if (drop_damaged && action != "repair")
    return context.console.fail(
        kExitUsage, Status(Code::kInvalidArgument, "store: --drop-damaged is an option of repair alone"));
  if (action == "verify") return show(context, verify_store(settings));
  if (action == "repair") return show(context, repair_store(settings, drop_damaged));
  return finish(context, accept_store(settings), "accepted: the store warns no longer");
}

}  // namespace rappel
