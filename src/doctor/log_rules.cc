// Findings from the server's log.
#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "doctor/rules.h"
#include "doctor/troubles.h"

namespace rappel {
namespace {

constexpr std::size_t kLongLine = 240;

struct Seen {
  const ServerLogLine* last = nullptr;
  int times = 0;
};

class LogReader {
 public:
  LogReader(const Evidence& evidence, std::vector<Finding>& findings)
      : evidence_(evidence), findings_(findings), log_(evidence.log.log) {}

  void run() {
    std::map<const Trouble*, Seen> seen;
    const ServerLogLine* unknown = nullptr;
    for (const ServerLogLine& line : log_.lines) {
      if (line.logged && line.level < LogLevel::kWarn) continue;
      const Trouble* trouble = trouble_of(line.text);
      if (trouble != nullptr)
        seen[trouble] = {&line, seen[trouble].times + 1};
      else if (line.fatal && line.run == log_.last_run && unknown == nullptr)
        unknown = &line;
    }
    for (const Trouble& trouble : trouble_table())
      if (const auto it = seen.find(&trouble); it != seen.end()) tell(trouble, it->second);
    if (unknown != nullptr && !serves())
      findings_.push_back({"did-not-start",
                           Finding::Level::kProblem,
                           "The server ended with an error.",
                           unknown->text,
                           {quoted(*unknown)},
                           "Do what the message says."});
    if (log_.ends_abruptly() && !serves() && !found("killed-out-of-memory") && !found("killed") &&
        !found("crash") && !found("cpu-target"))
      findings_.push_back(
          {"ended-abruptly",
           Finding::Level::kProblem,
           "The server is gone, and its log says no farewell.",
           "It was killed (by hand, or by the kernel for lack of memory), or the machine went down.",
           {quoted(log_.lines.back())},
           trouble_named("killed").remedy});
  }

 private:
  bool serves() const { return evidence_.server.runs(); }

  bool found(std::string_view name) const {
    return std::any_of(findings_.begin(), findings_.end(),
                       [&](const Finding& finding) { return finding.name == name; });
  }

  std::string quoted(const ServerLogLine& line) const {
    return fmt::format("{} line {}: {}{}", evidence_.log.name, line.number, line.text.substr(0, kLongLine),
                       line.text.size() > kLongLine ? ".." : "");
  }

  void tell(const Trouble& trouble, const Seen& seen) {
    const bool last_run = seen.last->run == log_.last_run;
    std::string evidence = quoted(*seen.last);
    if (seen.times > 1) evidence += fmt::format(" (the last of {})", seen.times);
    Finding finding = of_trouble(trouble, std::move(evidence));
    if (trouble.name == std::string_view("driver-too-old") && !evidence_.nvidia_driver.empty())
      finding.evidence.push_back(evidence_.nvidia_driver);
    // A server that is down because of it has not got past it, whatever a look with the settings of this
    // shell finds.
    const bool holds = last_run && (!trouble.seen_now || (seen.last->fatal && !serves()));
    if (trouble.name == std::string_view("port-taken") && serves() && last_run) {
      finding.name = "already-running";
      finding.level = Finding::Level::kAdvice;
      finding.symptom = "A second server did not start.";
      finding.cause = fmt::format("The first one runs at {}.", evidence_.server.address);
      finding.remedy = "Use that one, or give the second its own RAG_PORT.";
    } else if (!holds && found(trouble.name)) {
      finding.level = Finding::Level::kAdvice;  // the program recovered by itself
    } else if (!holds) {
      finding.level = Finding::Level::kAdvice;
      finding.symptom = "Earlier: " + finding.symptom;
      finding.remedy = "The cause is gone now; if it comes back: " + finding.remedy;
    } else if (trouble.seen_now && !found(trouble.name)) {
      finding.remedy =
          "The cause is gone with the settings that were seen here: start the server again. If it comes "
          "back: " +
          finding.remedy;
    }
    findings_.push_back(std::move(finding));
  }

  const Evidence& evidence_;
  std::vector<Finding>& findings_;
  const ServerLog& log_;
};

}  // namespace

void diagnose_log(const Evidence& evidence, std::vector<Finding>& findings) {
  LogReader(evidence, findings).run();
}

}  // namespace rappel
