// The system calls that a reader of hostile files may make, as two programs for seccomp. Linux only.
//
// call_filter() allows calls on own memory, own time and open descriptors, and what a zygote needs for its
// children; memory must not become executable. It is large, and checked once: children inherit it.
// reader_filter() takes from a process what only the zygote needs, and signals to others.
//
// Other calls fail with EPERM, so that a library that looks for a file goes on without it. A call of another
// architecture ends the process.
#pragma once

#include <cstdint>

#include "extractor/kernel/seccomp.h"

namespace rappel::extractor {

// False: there is no list for this architecture.
bool has_call_filter();
CallProgram call_filter();
CallProgram reader_filter(std::int32_t pid);

}  // namespace rappel::extractor
