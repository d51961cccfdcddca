#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <fstream>
#include <string>

#include "extractor/conversion/process_tree.h"

namespace rappel::extractor {
namespace {

// The children of this process, which has one thread.
void kill_children() {
  const std::string pid = std::to_string(::getpid());
  std::ifstream children("/proc/" + pid + "/task/" + pid + "/children");
  for (pid_t child = 0; children >> child;) ::kill(child, SIGKILL);
}

}  // namespace

void adopt_orphans() {
  ::prctl(PR_SET_PDEATHSIG, SIGTERM);
  ::prctl(PR_SET_CHILD_SUBREAPER, 1);
}

// Processes whose parent dies become children of this process, so that none is left in the end.
void kill_all(pid_t leader) {
  ::kill(-leader, SIGKILL);
  do {
    kill_children();
  } while (::waitpid(-1, nullptr, 0) > 0 || errno == EINTR);
}

}  // namespace rappel::extractor
