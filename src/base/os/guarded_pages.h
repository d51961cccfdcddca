// GuardedPages: pages of a mapped file that may be lost.
//
// Reading a page of a file that was truncated after it was mapped, or that the disk cannot read, raises
// SIGBUS, which ends a process. Not so within a guarded range: from that page on the range reads as zeros,
// and damaged() is true. The reader of the range asks damaged() before it uses the result.
//
// The first guard of a process installs a handler for SIGBUS; a SIGBUS outside of all ranges goes to the
// handler that was there before. Threads must not block SIGBUS.
#pragma once

#include <cstddef>
#include <memory>

#include "base/status.h"

namespace rappel {

class GuardedPages {
 public:
  // [begin, begin + size) is a mapping of a file, not empty; it must outlive the guard. kResourceExhausted if
  // the process has some thousand guards.
  static Result<std::unique_ptr<const GuardedPages>> guard(const void* begin, std::size_t size);
  ~GuardedPages();
  GuardedPages(const GuardedPages&) = delete;
  GuardedPages& operator=(const GuardedPages&) = delete;

  bool damaged() const;  // any thread

 private:
  explicit GuardedPages(std::size_t slot) : slot_(slot) {}
  std::size_t slot_;
};

}  // namespace rappel
