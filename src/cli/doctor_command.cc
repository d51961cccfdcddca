// rappel doctor: finds what is wrong with a server, running or not, and says what to change.
#include <fmt/format.h>

#include <algorithm>
#include <ostream>

#include "base/escape_controls.h"
#include "base/units.h"
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

void print(const Evidence& evidence, const std::vector<Finding>& findings, const Terminal& style,
           std::ostream& out) {
  constexpr std::size_t kFound = 13, kWords = 14;
  out << style.heading("Looked at") << "\n";
  for (const auto& [what, found] : evidence.looked_at)
    out << fmt::format("  {:<10} {}\n", what, style.fitted(escape_controls(found, "\n"), kFound));
  int number = 0;
  for (const Finding& finding : findings) {
    const std::string head = fmt::format("{}. {}:", ++number, level_name(finding.level));
    out << "\n"
        << style.paint(finding.level == Finding::Level::kProblem ? Paint::kBad : Paint::kWarning, head)
        << style.fitted(fmt::format(" {} [{}]", finding.symptom, finding.name), 3) << "\n";
    const auto line = [&](const char* label, const std::string& words) {
      out << fmt::format("   {:<10} {}\n", label, style.fitted(escape_controls(words, "\n"), kWords));
    };
    line("cause", finding.cause);
    for (const std::string& one : finding.evidence)
      line(&one == &finding.evidence.front() ? "evidence" : "", one);
    line("to do", finding.remedy);
  }
  const std::size_t problems = count(findings, Finding::Level::kProblem),
                    advice = count(findings, Finding::Level::kAdvice);
  out << "\n"
      << (problems == 0 ? style.paint(Paint::kGood, "nothing is wrong with what was looked at")
                        : style.paint(Paint::kBad, count_text(problems, "problem")))
      << (advice == 0 ? "" : "; " + count_text(advice, "piece of advice", "pieces of advice")) << "\n";
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
    *context.console.err << "looking at everything; this takes about ten seconds with large models\n";
  const StopRequest stop;
  const auto evidence = collect_evidence(context, context.console.in, stop.token());
  if (!evidence.ok()) return context.console.fail(kExitUsage, evidence.status());
  const std::vector<Finding> findings = diagnose(*evidence);
  if (context.options.boolean("--json"))
    *context.console.out << dump_json(report_json(*evidence, findings)) << "\n";
  else
    print(*evidence, findings, context.console.out_style, *context.console.out);
  if ((*evidence).stopped)
    return context.console.fail(
        kExitFailed, {Code::kCancelled, "stopped before all was looked at; what is known is above"});
  return count(findings, Finding::Level::kProblem) == 0 ? kExitOk : kExitFailed;
}

}  // namespace rappel
