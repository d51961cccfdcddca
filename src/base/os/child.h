// Runs a child process: passes it the whole input and reads its output.
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
  std::string_view input;         // written to its standard input; lives until the call returns
  std::function<void()> waiting;  // may be empty; called at least every 50 ms while the child runs
  std::string_view head = {};     // written before the input; lives as long
  std::function<void(std::string_view)> passed = {};  // may be empty; told of input that was written
};

struct ChildEnd {
  int code = 0;        // exit status, or 128 + the signal that killed it
  std::string errors;  // the end of its standard error, at most 4096 bytes
};

using ChildOutput = std::function<void(std::string_view)>;

// Runs the child until it exits. `output` receives what it writes to its standard output, as it arrives. A
// stop request ends the child (SIGTERM, SIGKILL after two seconds) and returns kCancelled. kNotFound if the
// program does not exist, kUnavailable if it cannot be started. The process must ignore SIGPIPE, because a
// child may not read its input.
Result<ChildEnd> run_child(const ChildCommand& command, const ChildOutput& output,
                           const std::stop_token& stop);

// The same, but `line` receives each line of the output without the line end; only the last part of a line
// longer than 1 MiB.
Result<ChildEnd> run_child_by_lines(const ChildCommand& command, const ChildOutput& line,
                                    const std::stop_token& stop);

}  // namespace rappel
