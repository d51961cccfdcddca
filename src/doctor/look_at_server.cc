// The server, or another program on its port, and its log.
#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>

#include "base/os/file.h"
#include "base/units.h"
#include "config/settings.h"
#include "doctor/collect.h"
#include "doctor/server_answer.h"
#include "doctor/troubles.h"

namespace rappel {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kKeptLog = std::size_t{4} << 20;      // of its end
constexpr std::uint64_t kMostLog = std::uint64_t{4} << 30;  // read at most
constexpr int kPollMs = 100;

ServerEvidence::Answers seen(ServerAnswer::Who who) {
  using Seen = ServerEvidence::Answers;
  switch (who) {
    case ServerAnswer::Who::kNobody: return Seen::kNobody;
    case ServerAnswer::Who::kRappel: return Seen::kRappel;
    case ServerAnswer::Who::kFull: return Seen::kSilent;
    case ServerAnswer::Who::kStranger: break;
  }
  return Seen::kStranger;
}

void ask_health(const Options& options, const ServerAddress& place, ServerEvidence& server) {
  const auto& tokens = options.items("BEARER_TOKEN");
  ServerAnswer answer = ask_server(place, tokens.empty() ? "" : tokens[0], {});
  server.answers = seen(answer.who);
  server.status = answer.status;
  server.health = std::move(answer.body);
}

// An attempt to listen tells whether a silent program has the port; the tables of the kernel only name it.
void name_who_listens(std::uint16_t port, const std::string& address, ServerEvidence& server) {
  using Seen = ServerEvidence::Answers;
  if (server.answers == Seen::kNobody) {
    const Trouble* trouble = server.listening.ok() ? nullptr : trouble_of(server.listening.to_string());
    if (trouble != &trouble_named("port-taken")) return;
  }
  const Listener listener = listener_of(port, {}, address);
  if (listener.pid != 0) server.process = process_info(listener.pid);
  if (server.answers == Seen::kNobody && listener.there)
    server.answers = server.process && server.process->name == "rappel" ? Seen::kSilent : Seen::kStranger;
}

// Reads the metrics into `server`. Returns a sentence about the result.
std::string read_metrics(const Options& options, const ServerAddress& place, ServerEvidence& server) {
  const auto& tokens = options.items("BEARER_TOKEN");
  const auto metrics = get_from_server(place, "/metrics", tokens.empty() ? "" : tokens[0], {});
  if (!metrics.ok()) return "its metrics were not given: " + metrics.status().to_string();
  const int status = (*metrics).status;
  if (status == 401 || status == 403) {
    if (!tokens.empty()) server.token_refused = status;
    return "its metrics were not given: BEARER_TOKEN is not its token";
  }
  if (status != 200) return fmt::format("its metrics were not given: status {}", status);
  server.metrics = (*metrics).body;
  return "its metrics were read";
}

struct Tail {
  std::string text;
  std::size_t first_line = 1;
};

// The end of what the descriptor gives, from the beginning of a line.
Result<Tail> read_tail(int fd, const std::string& name, const std::stop_token& stop) {
  Tail tail;
  std::string buffer(std::size_t{1} << 16, '\0');
  const auto cut = [&](std::size_t keep) {
    std::size_t at = tail.text.find('\n', tail.text.size() - keep);
    if (at == std::string::npos) at = tail.text.size() - keep;  // in the middle of an endless line
    tail.first_line += static_cast<std::size_t>(
        std::count(tail.text.begin(), tail.text.begin() + static_cast<std::ptrdiff_t>(at) + 1, '\n'));
    tail.text.erase(0, at + 1);
  };
  for (std::uint64_t read = 0; !stop.stop_requested();) {
    pollfd ready{fd, POLLIN, 0};
    const int polled = ::poll(&ready, 1, kPollMs);
    if (polled == 0 || (polled < 0 && errno == EINTR)) continue;  // a pipe may stay silent for ever
    const ssize_t n = ::read(fd, buffer.data(), buffer.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return Status(Code::kUnavailable, "cannot read the log " + name, std::strerror(errno));
    if (n == 0) break;
    read += static_cast<std::uint64_t>(n);
    if (read > kMostLog)
      return Status(Code::kResourceExhausted, "cannot read the log " + name + ": it is longer than " +
                                                  bytes_text(static_cast<double>(kMostLog)) +
                                                  "; give its end, by `tail -n 100000 FILE`");
    tail.text.append(buffer, 0, static_cast<std::size_t>(n));
    if (tail.text.size() > 2 * kKeptLog) cut(kKeptLog);
  }
  if (tail.text.size() > kKeptLog) cut(kKeptLog);
  return tail;
}

}  // namespace

void look_at_server(const RunContext& context, Evidence& evidence) {
  const Options& options = context.options;
  ServerEvidence& server = evidence.server;
  using Seen = ServerEvidence::Answers;
  const auto port = static_cast<std::uint16_t>(options.integer("RAG_PORT"));
  const ServerAddress place = server_address(options);
  server.address = place.to_ask;
  server.scheme = place.scheme();
  server.connections = static_cast<std::uint64_t>(options.integer("RAPPEL_MAX_CONNECTIONS"));
  if (port != 0) ask_health(options, place, server);
  if (server.answers == Seen::kNobody) server.listening = try_to_listen(options);
  if (port != 0) name_who_listens(port, place.host, server);
  std::string words;
  switch (server.answers) {
    case Seen::kRappel:
      words = fmt::format("rappel answers at {}{}; {}", server.address,
                          server.process ? fmt::format(" (process {})", server.process->pid) : "",
                          read_metrics(options, place, server));
      break;
    case Seen::kSilent:
      words = fmt::format("rappel listens at {} and does not answer", server.address);
      break;
    case Seen::kStranger: words = fmt::format("something else answers at {}", server.address); break;
    case Seen::kNobody:
      words = port == 0 ? "RAG_PORT=0: the system chooses the port, so there is none to ask"
                        : fmt::format("none runs at {}; the port {}", server.address,
                                      server.listening.ok() ? "is free" : "cannot be had");
  }
  evidence.looked_at.emplace_back("server", std::move(words));
}

Status look_at_log(const RunContext& context, int standard_input_fd, Evidence& evidence,
                   const std::stop_token& stop) {
  const std::string& named = context.options.text("--log");
  fs::path path = named;
  std::error_code error;
  if (named.empty()) {
    const auto& process = evidence.server.process;
    path = evidence.server.runs() && process ? process->stderr_file : fs::path();
    if (path.empty()) path = local_folder(context.options) / "server.log";
    if (!fs::exists(path, error)) {
      evidence.looked_at.emplace_back("log",
                                      "none found; --log FILE names it, and journald's comes by `journalctl "
                                      "-u rappel | rappel doctor --log -`");
      return {};
    }
  }
  const bool standard_input = named == "-";
  const std::string name = standard_input ? "the log on standard input" : path.string();
  const Result<Fd> file = standard_input ? Result<Fd>(Fd(-1)) : open_regular_file(path);
  if (!file.ok()) {
    const Status& cause = file.status();
    const Status status(cause.code(),
                        cause.message() +
                            ". Give --log the file that the server's standard error goes to, or - for "
                            "standard input",
                        cause.cause());
    if (!named.empty()) return status;
    evidence.looked_at.emplace_back("log", status.to_string());
    return {};
  }
  RAPPEL_ASSIGN(const Tail tail, read_tail(standard_input ? standard_input_fd : (*file).get(), name, stop));
  evidence.log.name = standard_input ? "log" : path.string();
  evidence.log.log = parse_server_log(tail.text, tail.first_line);
  const auto starts =
      static_cast<std::uint64_t>(evidence.log.log.lines.empty() ? 0 : evidence.log.log.last_run + 1);
  evidence.looked_at.emplace_back(
      "log",
      fmt::format("{}, {}{}, {} of the server", name, count_text(evidence.log.log.lines.size(), "line"),
                  tail.first_line > 1 ? fmt::format(" from line {} on", tail.first_line) : "",
                  count_text(starts, "start")));
  return {};
}

}  // namespace rappel
