#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>

#include "extractor/conversion/process_tree.h"

namespace rappel::extractor {

void adopt_orphans() {}

void kill_all(pid_t leader) {
  ::kill(-leader, SIGKILL);
  while (::waitpid(leader, nullptr, 0) < 0 && errno == EINTR) {
  }
}

}  // namespace rappel::extractor
