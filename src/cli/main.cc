// The only reader of argv, of the environment and of standard streams; everything else gets them as
// arguments.
#include <unistd.h>

#include <csignal>
#include <exception>
#include <iostream>
#include <new>
#include <string>
#include <system_error>
#include <vector>

#include "base/os/allocator.h"
#include "cli/program.h"

extern char** environ;

int main(int argc, char** argv) {
  using namespace rappel;
  prepare_allocator();
  std::ios::sync_with_stdio(false);
  std::signal(SIGPIPE, SIG_IGN);  // a reader that went away is seen as a failed write
  std::signal(SIGXFSZ, SIG_IGN);  // a file at the limit of `ulimit -f` is one, too

  Environment environment;
  for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
    const std::string text = *entry;
    if (const std::size_t equals = text.find('='); equals != std::string::npos)
      environment[text.substr(0, equals)] = text.substr(equals + 1);
  }
  const Terminal out_style = terminal_of(STDOUT_FILENO, environment),
                 err_style = terminal_of(STDERR_FILENO, environment);
  const Console console{STDIN_FILENO, &std::cout, &std::cerr, err_style.is_terminal, out_style, err_style};
  try {
    const int code = run_program({argv + 1, argv + argc}, environment, console);
    std::cout.flush();
    if (code == kExitOk && !std::cout) {
      std::cerr << "rappel: standard output could not be written\n";
      return kExitFailed;
    }
    return code;
  } catch (const std::bad_alloc&) {
    std::cerr << "rappel: out of memory: free some, raise the limit (ulimit -v, or the container's), or take "
                 "a smaller model [memory]\n";
    return kExitFailed;
  } catch (const std::system_error& error) {
    const bool limited =
        error.code() == std::errc::resource_unavailable_try_again;  // what a thread's start ends with
    std::cerr
        << "rappel: "
        << (limited
                ? "no more threads can be started: raise the limits of processes and of memory (ulimit -u, "
                  "ulimit -v, or the container's), or use fewer with --threads"
                : error.what())
        << "\n";
    return kExitFailed;
  } catch (const std::exception& error) {
    std::cerr << "rappel: stopped by an unexpected failure: " << error.what() << " [crash]\n";
    return kExitFailed;
  }
}
