// Process tree: the processes that a program has started, wherever they went.
#pragma once

#include <sys/types.h>

namespace rappel::extractor {

// From now on this process is stopped (SIGTERM) when the one that started it ends, and is the parent of what
// its own children leave (Linux; elsewhere nothing happens).
void adopt_orphans();

// Kills the group of the process and, on Linux, all other children of this process, and waits for them.
void kill_all(pid_t leader);

}  // namespace rappel::extractor
