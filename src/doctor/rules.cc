#include "doctor/rules.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cmath>
#include <string_view>

#include "base/units.h"
#include "codec/json.h"
#include "doctor/metrics.h"
#include "doctor/troubles.h"

namespace rappel {
namespace {

using Findings = std::vector<Finding>;
using Level = Finding::Level;

// The finding for a message of this program; the message itself if the table does not contain it.
Finding of_message(const std::string& message, const char* otherwise, const char* symptom) {
  if (const Trouble* trouble = trouble_of(message)) return of_trouble(*trouble, message);
  return {otherwise, Level::kProblem, symptom, message, {message}, "Do what the message says."};
}

std::string process_words(const ProcessInfo& process) {
  return fmt::format("{} (process {})", process.name, process.pid);
}

// --- settings ---

void bad_settings(const Evidence& evidence, Findings& findings) {
  for (const std::string& problem : evidence.settings.problems) {
    const Trouble* trouble = trouble_of(problem);
    findings.push_back(of_trouble(trouble != nullptr ? *trouble : trouble_named("setting"), problem));
    if (findings.back().name != "device-missing") continue;
    findings.back().evidence.push_back(
        evidence.nvidia_driver.empty()
            ? "no NVIDIA driver is loaded (/proc/driver/nvidia/version is not there)"
            : "an NVIDIA driver is loaded: " + evidence.nvidia_driver);
  }
}

void tokens(const Evidence& evidence, Findings& findings) {
  // A server that runs has its tokens from elsewhere.
  if (!evidence.settings.token_problem.empty() && !evidence.server.runs())
    findings.push_back(of_message(evidence.settings.token_problem, "token", "The server does not start."));
  if (const int status = evidence.server.token_refused; status != 0)
    findings.push_back(
        {"token-refused",
         Level::kAdvice,  // the doctor may have been given other settings on purpose
         fmt::format("Clients with the token of these settings are refused ({}).", status),
         "The server was started with other tokens: from another settings file or environment, or "
         "before these settings were changed.",
         {fmt::format("GET {}://{}/metrics: status {} for the first token of BEARER_TOKEN",
                      evidence.server.scheme, evidence.server.address, status)},
         "Restart the server, so that it takes up these settings, or give the clients and the "
         "doctor what it was started with (--env-file)."});
  for (const std::string& warning : evidence.settings.token_warnings)
    findings.push_back({"weak-token",
                        Level::kAdvice,
                        "The server may be used by others.",
                        "Its tokens protect it badly.",
                        {warning},
                        "Put a long random token into the settings file: BEARER_TOKEN=..., for example of "
                        "`openssl rand -hex 32`."});
}

void readable_secrets(const Evidence& evidence, Findings& findings) {
  constexpr int kOthers = 077;
  const SettingsEvidence& settings = evidence.settings;
  if ((settings.mode & kOthers) == 0 || !settings.holds_secret) return;
  findings.push_back({"readable-secrets",
                      Level::kAdvice,
                      "Other users of this machine may read the tokens.",
                      "The settings file is open to them.",
                      {fmt::format("{} has mode {:04o} and holds tokens", settings.file, settings.mode)},
                      fmt::format("`chmod 600 {}`", settings.file)});
}

// --- the port and who answers there ---

void not_answering(const ServerEvidence& server, Findings& findings) {
  const auto evidence = [&](const std::string& answer) {
    return fmt::format(
        "GET {}://{}/health: {}{}", server.scheme, server.address, answer,
        server.process ? fmt::format("; {} listens there", process_words(*server.process)) : "");
  };
  if (server.status != 0) {
    findings.push_back(of_trouble(trouble_named("too-many-connections"),
                                  evidence(fmt::format("status {}, too many connections", server.status))));
    return;
  }
  findings.push_back(
      {"not-answering",
       Level::kProblem,
       "Requests get no answer.",
       "The server runs and listens, but it hangs, was stopped, or has more to do than it can.",
       {evidence("no answer")},
       "Restart it: nothing that was acknowledged is lost. Should it come back, please report "
       "the end of the log."});
}

void port(const Evidence& evidence, Findings& findings) {
  const ServerEvidence& server = evidence.server;
  if (server.answers == ServerEvidence::Answers::kRappel) return;
  if (server.answers == ServerEvidence::Answers::kSilent) return not_answering(server, findings);
  if (server.answers == ServerEvidence::Answers::kNobody) {
    if (!server.listening.ok())
      findings.push_back(
          of_message(server.listening.to_string(), "cannot-listen", "The server cannot listen."));
    return;
  }
  Finding finding = of_trouble(
      trouble_named("port-taken"),
      server.status == 0
          ? fmt::format("{} is taken, and what listens there does not answer, or does not speak HTTP",
                        server.address)
          : fmt::format("GET {}://{}/health: status {}, and not rappel's answer", server.scheme,
                        server.address, server.status));
  finding.cause =
      server.process
          ? fmt::format("The port is taken by {}, which is not rappel.", process_words(*server.process))
      : server.status == 0
          ? "The port is taken by a program of another user, or unseen (`sudo ss -ltnp` tells "
            "which). It may be a rappel that hangs."
          : "The port is taken by a program that is not rappel, of another user or unseen (`sudo ss "
            "-ltnp` tells which).";
  findings.push_back(std::move(finding));
}

Json health_of(const Evidence& evidence) {
  const auto parsed = parse_json(evidence.server.health);
  return parsed.ok() && parsed->is_object() ? *parsed : Json::object();
}

// The fault of a degraded server: the store has lost something, the device was lost or missing from the
// start, or only the reranker has none.
const Trouble& degraded_trouble(const Evidence& evidence) {
  const auto words = json_string(health_of(evidence), "trouble");
  for (const char* id : {"reranker-refused", "device-missing", "driver-too-old", "commits-missing",
                         "log-mended", "store-damaged", "index-lost"})
    if (words.ok() && has_id(*words, id)) return trouble_named(id);
  return trouble_named("device-lost");
}

void health(const Evidence& evidence, Findings& findings) {
  if (evidence.server.answers != ServerEvidence::Answers::kRappel) return;
  const Json body = health_of(evidence);
  const auto text = json_string(body, "status");
  const std::string status = text.ok() ? *text : "";
  if (const auto trouble = json_string(body, "trouble"); trouble.ok()) {
    findings.push_back(
        of_trouble(status == "failed" ? trouble_named("device-refused") : degraded_trouble(evidence),
                   "GET /health: " + *trouble));
    findings.back().cause += " " + *trouble + ".";
  } else if (status == "failed") {
    findings.push_back(
        {"models-failed",
         Level::kProblem,
         "Requests are answered with 503.",
         "The server could not load its models.",
         {"GET /health: status failed"},
         "The server's log says why (--log FILE shows it to the doctor). Mend that; a later request "
         "tries again."});
  }
  if (status == "loading")
    findings.push_back({"loading",
                        Level::kAdvice,
                        "Requests are answered with 503.",
                        "The server is still loading its models.",
                        {"GET /health: status loading"},
                        "Wait until GET /ready answers 200; the log tells what is being loaded."});
}

// --- what the server counts ---

void counters(const Evidence& evidence, Findings& findings) {
  const MetricsReading metrics(evidence.server.metrics);
  for (const char* engine : {"embedder", "reranker"}) {
    const std::string label = fmt::format("engine=\"{}\"", engine);
    if (const double lost = metrics.sum("rappel_device_fallbacks_total", label); lost > 0)
      findings.push_back(
          of_trouble(degraded_trouble(evidence),
                     fmt::format("metrics: rappel_device_fallbacks_total{{{}}} {}", label, lost)));
    if (const double retries = metrics.sum("rappel_device_memory_retries_total", label); retries > 0)
      findings.push_back(of_trouble(
          trouble_named("device-memory"),
          fmt::format("metrics: rappel_device_memory_retries_total{{{}}} {}; batches of {} tokens now", label,
                      retries, metrics.sum("rappel_batch_tokens_limit", label))));
  }
  const double refused = metrics.sum("rappel_rejected_requests_total", "reason=\"queue_full\"") +
                         metrics.sum("rappel_queue_refused_total");
  if (refused > 0)
    findings.push_back({"overloaded",
                        Level::kAdvice,
                        "Some requests were told to come back later (429).",
                        "More of them came at a time than the queue holds.",
                        {fmt::format("metrics: {} requests met a full queue", refused)},
                        "Send less at a time, or raise RAPPEL_MAX_QUEUE and let clients wait longer."});
  if (const double failed = metrics.sum("rappel_http_request_duration_seconds_count", "status=\"500\"");
      failed > 0)
    findings.push_back({"server-errors",
                        Level::kProblem,
                        "Some requests failed with status 500.",
                        "The server met what it did not expect.",
                        {fmt::format("metrics: {} requests with status 500", failed)},
                        "The log has a line of level error for each."});
}

// --- what limits the process ---

void throttling(const Evidence& evidence, Findings& findings) {
  constexpr double kMuch = 0.05;
  constexpr std::uint64_t kLeastPeriods = 50;
  const std::string& stat = evidence.group.cpu_stat;
  const std::uint64_t periods = keyed_number(stat, "nr_periods").value_or(0),
                      held = keyed_number(stat, "nr_throttled").value_or(0);
  if (periods < kLeastPeriods || static_cast<double>(held) < kMuch * static_cast<double>(periods)) return;
  const auto usec = keyed_number(stat, "throttled_usec");
  const double seconds = usec ? static_cast<double>(*usec) * 1e-6
                              : static_cast<double>(keyed_number(stat, "throttled_time").value_or(0)) * 1e-9;
  const double quota = evidence.group.cpu_quota;
  const bool too_many = evidence.threads > quota && quota > 0;
  findings.push_back(
      {"cpu-throttled",
       Level::kProblem,
       "Answers are slower than the processor is, and their times jump.",
       fmt::format("The control group's CPU quota{} is used up in many periods, and everything stands still "
                   "until the next one{}.",
                   quota > 0 ? fmt::format(" of {:.1f} cores", quota) : "",
                   too_many ? fmt::format("; RAPPEL_THREADS={} is more than it", evidence.threads) : ""),
       {fmt::format("cpu.stat of {}: {} of {} periods were cut, {:.1f} s in all", evidence.group.cpu_folder,
                    held, periods, seconds)},
       too_many ? fmt::format("Set RAPPEL_THREADS=0 (or {:.0f}), or raise the quota.",
                              std::max(1.0, std::floor(quota)))
                : "Raise the quota (the container's --cpus, CPUQuota= of its unit), or take other work out "
                  "of the group."});
}

void memory_limits(const Evidence& evidence, Findings& findings) {
  const CgroupTexts& group = evidence.group;
  const std::string limit =
      group.memory_limit > 0 ? fmt::format(", limit {}", bytes_text(static_cast<double>(group.memory_limit)))
                             : "";
  if (const std::uint64_t kills = keyed_number(group.memory_events, "oom_kill").value_or(0); kills > 0) {
    findings.push_back(of_trouble(
        trouble_named("killed-out-of-memory"),
        fmt::format("the control group counts {} processes killed for lack of memory{}", kills, limit)));
    // Whose they were is not said: in the server's own group its, in another perhaps those of others.
    const bool servers_own = evidence.server.process && evidence.server.runs() && group.own_events;
    const bool gone = !evidence.server.runs() && evidence.log.log.ends_abruptly();
    if (!servers_own && !gone) {
      findings.back().level = Level::kAdvice;
      findings.back().symptom = "Something was killed, and perhaps the server.";
    }
  }
  constexpr double kTight = 0.95;
  if (group.memory_limit > 0 &&
      static_cast<double>(group.memory_in_use) > kTight * static_cast<double>(group.memory_limit))
    findings.push_back(
        {"memory-tight",
         Level::kAdvice,
         "The server may be killed soon.",
         "Its control group is nearly full.",
         {fmt::format("{} in use{}", bytes_text(static_cast<double>(group.memory_in_use)), limit)},
         trouble_named("killed-out-of-memory").remedy});
  if (!evidence.server.process) return;
  constexpr std::uint64_t kMuchSwap = 100 << 10;  // kB
  if (const std::uint64_t swapped = keyed_number(evidence.server.process->status, "VmSwap").value_or(0);
      swapped > kMuchSwap)
    findings.push_back({"swapped",
                        Level::kProblem,
                        "Answers take long after a pause.",
                        "The machine is short of memory and moved a part of the server to disk.",
                        {fmt::format("VmSwap of process {}: {}", evidence.server.process->pid,
                                     bytes_text(1024.0 * static_cast<double>(swapped)))},
                        trouble_named("killed-out-of-memory").remedy});
}

void open_files(const Evidence& evidence, Findings& findings) {
  constexpr std::uint64_t kOwnFiles = 64;  // models, database, log
  if (!evidence.server.process || evidence.server.answers != ServerEvidence::Answers::kRappel) return;
  const std::uint64_t limit = open_files_limit(evidence.server.process->limits);
  if (limit == 0 || limit >= evidence.server.connections + kOwnFiles) return;
  findings.push_back(
      of_trouble(trouble_named("file-limit"),
                 fmt::format("limit of open files of process {}: {}, for RAPPEL_MAX_CONNECTIONS={}",
                             evidence.server.process->pid, limit, evidence.server.connections),
                 Level::kAdvice));
}

void busy_machine(const Evidence& evidence, Findings& findings) {
  if (!evidence.load.busy) return;
  Finding finding{
      "busy-machine",
      Level::kAdvice,
      "Answers are slower than this machine allows while other programs compute.",
      "Other programs use the CPUs that rappel computes on.",
      {evidence.load.words},
      "Stop them or run them elsewhere, lower their priority (`renice -n 19 -p PID`), or give rappel "
      "CPUs of its own (AllowedCPUs= of its unit, --cpuset-cpus of its container). Figures that are "
      "measured meanwhile are noise."};
  if (!evidence.load.users.empty()) finding.evidence.push_back(users_text(evidence.load.users));
  findings.push_back(std::move(finding));
}

void machine(const Evidence& evidence, Findings& findings) {
  for (const Requirement& need : evidence.requirements) {
    if (need.ok || need.name == "model") continue;  // models have a rule of their own
    if (need.name == "disk")
      findings.push_back(of_trouble(trouble_named("disk-full"), need.words));
    else if (need.name == "memory")
      findings.push_back({"too-little-memory",
                          Level::kProblem,
                          "The server may be killed when it loads its models.",
                          "The machine, or its control group, has less memory than they need.",
                          {need.words},
                          trouble_named("killed-out-of-memory").remedy});
    else
      findings.push_back({need.name == "open files" ? "file-limit" : "machine",
                          need.needed ? Level::kProblem : Level::kAdvice,
                          fmt::format("The machine could serve better: {}.", need.name),
                          need.words,
                          {need.words},
                          "See the evidence."});
  }
  if (!evidence.nvidia_driver.empty() && !evidence.has_cuda)
    findings.push_back({"gpu-unused",
                        Level::kAdvice,
                        "The GPU of this machine is not used.",
                        "This build of rappel computes on the CPU alone.",
                        {evidence.nvidia_driver},
                        "Nothing need be done; a build with CUDA would be faster."});
  if (evidence.device == "reference")
    findings.push_back({"slow-device",
                        Level::kProblem,
                        "Answers are very slow.",
                        "The reference device computes in the plain way, for comparison alone.",
                        {"EMBEDDING_DEVICE=reference"},
                        "Set EMBEDDING_DEVICE=auto."});
}

// --- models and store ---

void models(const Evidence& evidence, Findings& findings) {
  for (const ModelEvidence& model : evidence.models) {
    const std::string what = fmt::format("{}={}: ", model.variable, model.name);
    if (!model.closed_folder.empty()) {
      findings.push_back(of_trouble(trouble_named("permission"),
                                    what + model.closed_folder + " may not be entered by this user"));
      findings.back().symptom = "A model cannot be loaded.";
    } else if (!model.state.ok()) {
      const std::string message = what + model.state.to_string();
      findings.push_back(model.state.code() == Code::kCorrupt
                             ? of_trouble(trouble_named("model-damaged"), message)
                             : of_message(message, "model", "A model cannot be loaded."));
    }
  }
}

void store(const Evidence& evidence, Findings& findings) {
  const StoreEvidence& store = evidence.store;
  const std::string& unwritable = store.description.unwritable;
  if (!unwritable.empty())
    findings.push_back(of_trouble(
        trouble_named("data-folder"),
        fmt::format("{}={}: {}", store.description.setting, store.description.location, unwritable)));
  if (store.state.ok() || store.state.code() == Code::kNotFound) return;
  if (!unwritable.empty() && store.state.code() == Code::kUnavailable) return;  // the same once more
  Finding finding = of_message(store.state.to_string(), "store", "The server does not open its store.");
  if (finding.name == "store-locked")
    for (const ProcessInfo& user : store.users)
      finding.evidence.push_back(fmt::format("{} has it open", process_words(user)));
  findings.push_back(std::move(finding));
}

// --- speed ---

// Why it may be slow, each with what helps.
struct Causes {
  std::vector<std::pair<std::string, std::string>> list;
  bool chosen = true;  // all of them are settings of the precision, which has other merits than speed
  bool busy = false;   // other programs computed meanwhile: the measurement says little of rappel
};

Causes causes_of(const SpeedEvidence& speed) {
  constexpr double kOwn = 0.8;  // of its threads' time
  Causes causes;
  const auto add = [&](std::string cause, const char* remedy) {
    causes.list.emplace_back(std::move(cause), remedy);
  };
  if (speed.threads < speed.usable_threads)
    add(fmt::format("it computes with {} of {} threads", speed.threads, speed.usable_threads),
        "unset RAPPEL_THREADS");
  if (speed.target != speed.best_target)
    add(fmt::format("it uses {} where {} would run", speed.target, speed.best_target),
        "unset RAPPEL_CPU_TARGET");
  causes.busy = speed.cpu_share < kOwn;
  if (causes.busy)
    add(fmt::format("other work took {:.0f} % of its threads' time", 100 * (1 - speed.cpu_share)),
        "stop the other work, or give rappel cores of its own (its unit's AllowedCPUs=, the container's "
        "--cpuset-cpus)");
  causes.chosen = causes.list.empty() && speed.precision != speed.best_precision;
  // Another target prefers another precision.
  if (speed.precision != speed.best_precision && speed.target == speed.best_target)
    add(fmt::format("its weights are {} where {} is faster", speed.precision, speed.best_precision),
        "set EMBEDDING_PRECISION=auto");
  return causes;
}

void speed(const Evidence& evidence, Findings& findings) {
  // Share of a plain product's rate. int8 on sound machines: 0.65 (a small model) to 0.8 (one of BGE-M3's
  // size).
  constexpr double kExpected = 0.35;
  if (!evidence.speed) return;
  const SpeedEvidence& speed = *evidence.speed;
  Causes causes = causes_of(speed);
  const bool slow = speed.share() < kExpected;
  const bool held_back = speed.threads < speed.usable_threads || speed.target != speed.best_target;
  if (!slow && !held_back) return;
  if (causes.list.empty())
    causes.list.emplace_back("what slows it down was not found",
                             "run `rappel doctor` again, and `rappel devices`, and report both");
  std::string why, remedy;
  for (const auto& [cause, help] : causes.list) {
    why += (why.empty() ? "" : "; ") + cause;
    remedy += (remedy.empty() ? "" : "; ") + help;
  }
  why[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(why[0])));
  remedy[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(remedy[0])));
  findings.push_back({"slow",
                      slow && !causes.chosen && !causes.busy ? Level::kProblem : Level::kAdvice,
                      "Answers are slower than this machine allows.",
                      why + ".",
                      {fmt::format("{:.0f} tokens/s, {:.0f} % of what a plain product of {:.0f} Gop/s "
                                   "allows; {:.0f} % and more are usual",
                                   speed.tokens_per_second, 100 * speed.share(), speed.product_rate * 1e-9,
                                   100 * kExpected)},
                      remedy + "."});
}

constexpr void (*kRules[])(const Evidence& evidence, Findings& findings) = {
    bad_settings,  tokens,     readable_secrets, port,    health, counters, throttling,
    memory_limits, open_files, busy_machine,     machine, models, store,    speed,
};

}  // namespace

std::vector<Finding> diagnose(const Evidence& evidence) {
  Findings all, merged;
  for (const auto rule : kRules) rule(evidence, all);
  diagnose_log(evidence, all);
  for (Finding& finding : all) {
    const auto same = std::find_if(merged.begin(), merged.end(),
                                   [&](const Finding& other) { return other.name == finding.name; });
    if (same == merged.end()) {
      merged.push_back(std::move(finding));
      continue;
    }
    same->level = std::min(same->level, finding.level);
    for (std::string& one : finding.evidence)
      if (std::find(same->evidence.begin(), same->evidence.end(), one) == same->evidence.end())
        same->evidence.push_back(std::move(one));
  }
  std::stable_sort(merged.begin(), merged.end(),
                   [](const Finding& a, const Finding& b) { return a.level < b.level; });
  return merged;
}

}  // namespace rappel
