// A child process: a program that gets its whole input at once and is heard line by line.
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
  std::vector<std::string> arguments;  // the program first: a path, or a name that PATH has
  std::map<std::string, std::string> environment;
  std::string input;              // for its standard input
  std::function<void()> waiting;  // may be empty; called often while the child runs, at least every 50 ms
};

struct ChildEnd {
  int code = 0;        // exit status, or 128 + the signal that ended it
  std::string errors;  // the end of its standard error, at most 4096 bytes
};

// Runs the child to its end. `line` gets each line of its standard output, without the line end, as it comes;
// of a longer line than 1 MiB only the last part. A request to stop ends the child (SIGTERM, after two
// seconds SIGKILL): kCancelled. kNotFound when the program is not there, kUnavailable when it cannot be
// started. SIGPIPE must be ignored in this process: a child need not read its input.
Result<ChildEnd> run_child(const ChildCommand& command, const std::function<void(std::string_view)>& line,
                           const std::stop_token& stop);

}  // namespace rappel
