// The system calls that a reader of hostile files may make: a program for seccomp. Linux only.
//
// Allowed are calls on its own memory, its time and its open descriptors; memory must not become executable,
// and signals go to the process itself only. Every other call fails with EPERM, so that a library that looks
// for a file goes on without it. A call of another architecture ends the process.
#pragma once

#include <linux/filter.h>

#include <cstdint>
#include <vector>

namespace rappel::extractor {

// False: there is no list for this architecture.
bool has_call_filter();
// For the process `pid`, as a search tree: the kernel runs it for every call number when it is installed.
std::vector<sock_filter> call_filter(std::int32_t pid);

}  // namespace rappel::extractor
