// Runs a child process: passes it the whole input and reads its output line by line.
#pragma once

#include <functional>
#include <map>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"

namespace rappel {

struct ChildCommand {
  std::vector<std::string> arguments;  // the program first: a path, or a name to look up in PATH
  std::map<std::string, std::string> environment;
  std::string input;              // written to its standard input
  std::function<void()> waiting;  // may be empty; called at least every 50 ms while the child runs
};

struct ChildEnd {
  int code = 0;        // exit status, or 128 + the signal that killed it
  std::string errors;  // the end of its standard error, at most 4096 bytes
};

// Runs the child until it exits. `line` receives each line of its standard output without the line end, as
// soon as it arrives; only the last part of a line longer than 1 MiB. A stop request ends the child (SIGTERM,
// SIGKILL after two seconds) and returns kCancelled. kNotFound if the program does not exist, kUnavailable if
// it cannot be started. The process must ignore SIGPIPE, because a child may not read its input.
Result<ChildEnd> run_child(const ChildCommand& command, const std::function<void(std::string_view)>& line,
                           const std::stop_token& stop);

}  // namespace rappel
