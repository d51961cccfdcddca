// ServerLog: the lines of a server's log, and which start of the server each belongs to.
//
// It reads the lines that `rappel serve` writes to standard error, as text or as JSON, with or without the
// prefix of journald or of a container runtime, and those of systemd and the kernel between them (killed, out
// of memory).
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/log.h"

namespace rappel {

struct ServerLogLine {
  std::size_t number = 0;  // from 1
  int run = 0;             // which start of the server, from 0
  LogLevel level = LogLevel::kInfo;
  bool logged = false;  // by rappel's logger; its text follows the level
  bool fatal = false;   // the last words of a command: "rappel: .."
  std::string text;
};

struct ServerLog {
  std::vector<ServerLogLine> lines;
  int last_run = 0;

  // The last run began and said no last word: neither "stopped" nor why it could not go on.
  bool ends_abruptly() const;
};

// `first_line`: the number of the first line of `text`.
ServerLog parse_server_log(std::string_view text, std::size_t first_line = 1);

}  // namespace rappel
