// Confine: takes from a process what a program that converts a hostile document does not need, before it
// becomes that program. Unlike the sandbox of readers (extractor/sandbox.h) it leaves what a large program
// needs: to read installed programs and fonts, threads, processes of its own.
//
// Linux: resource limits, Landlock (files outside the private folder and the installed programs cannot be
// opened) and seccomp (no network, no sockets of other programs, no other user's rights, no debugging).
// Elsewhere: resource limits. A layer that the system does not have is left out.
#pragma once

#include <cstddef>
#include <filesystem>

#include "ingest/extract/office_converter.h"

namespace rappel::extractor {

struct ConfineLimits {
  unsigned cpu_seconds = 120;
  std::size_t file_bytes = kMostConverted;
  unsigned long memory_bytes = 4UL << 30;  // of address space
};

// `folder` may be read and written; the folder of `program` may be read. Children of the process inherit it.
// False: a layer that the system has could not be closed.
bool confine(const std::filesystem::path& folder, const std::filesystem::path& program,
             const ConfineLimits& limits = {});

}  // namespace rappel::extractor
