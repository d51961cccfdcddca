// rappel doctor: what is wrong with a server that runs, or does not, and what to change.
#include <fmt/format.h>

#include <algorithm>
#include <ostream>

#include "cli/command.h"
#include "cli/stop_signal.h"
#include "codec/json.h"
#include "config/version.h"
#include "doctor/collect.h"
#include "doctor/rules.h"

namespace rappel {
namespace {

const char* level_name(Finding::Level level) {
  return level == Finding::Level::kProblem ? "problem" : "advice";
}

std::size_t count(const std::vector<Finding>& findings, Finding::Level level) {
  return static_cast<std::size_t>(
      std::count_if(findings.begin(), findings.end(), [&](const Finding& f) { return f.level == level; }));
}

void print(const Evidence& evidence, const std::vector<Finding>& findings, std::ostream& out) {
  out << "Looked at\n";
  for (const auto& [what, found] : evidence.looked_at) out << fmt::format("  {:<10} {}\n", what, found);
  int number = 0;
  for (const Finding& finding : findings) {
    out << fmt::format("\n{}. {}: {} [{}]\n   cause      {}\n", ++number, level_name(finding.level),
                       finding.symptom, finding.name, finding.cause);
    for (const std::string& one : finding.evidence)
      out << fmt::format("   {:<10} {}\n", &one == &finding.evidence.front() ? "evidence" : "", one);
    out << fmt::format("   to do      {}\n", finding.remedy);
  }
  const std::size_t problems = count(findings, Finding::Level::kProblem),
                    advice = count(findings, Finding::Level::kAdvice);
  out << "\n";
  if (problems == 0)
    out << "nothing is wrong with what was looked at";
  else
    out << fmt::format("{} problem{}", problems, problems == 1 ? "" : "s");
  out << (advice == 0 ? "\n" : fmt::format("; {} piece{} of advice\n", advice, advice == 1 ? "" : "s"));
}

Json report_json(const Evidence& evidence, const std::vector<Finding>& findings) {
  Json looked = Json::array(), list = Json::array();
  for (const auto& [what, found] : evidence.looked_at) looked.push_back({{"what", what}, {"found", found}});
  for (const Finding& finding : findings)
    list.push_back({{"name", finding.name},
                    {"level", level_name(finding.level)},
                    {"symptom", finding.symptom},
                    {"cause", finding.cause},
                    {"evidence", finding.evidence},
                    {"remedy", finding.remedy}});
  return {{"ok", count(findings, Finding::Level::kProblem) == 0 && !evidence.stopped},
          {"version", std::string(kVersion)},
          {"looked_at", std::move(looked)},
          {"findings", std::move(list)},
          {"stopped", evidence.stopped}};
}

}  // namespace

int run_doctor(CommandContext& context) {
  if (context.console.err_is_terminal)
    *context.console.err << "looking at everything; large models take some ten seconds\n";
  const StopRequest stop;
  const auto evidence = collect_evidence(context, context.console.in, stop.token());
  if (!evidence.ok()) return context.console.fail(kExitUsage, evidence.status());
  const std::vector<Finding> findings = diagnose(*evidence);
  if (context.options.boolean("--json"))
    *context.console.out << dump_json(report_json(*evidence, findings)) << "\n";
  else
    print(*evidence, findings, *context.console.out);
  if ((*evidence).stopped)
    return context.console.fail(
        kExitFailed, {Code::kCancelled, "stopped before all was looked at; what is known is above"});
  return count(findings, Finding::Level::kProblem) == 0 ? kExitOk : kExitFailed;
}

}  // namespace rappel
