#include "base/os/guarded_pages.h"

#include <signal.h>
#include <sys/mman.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <cstdint>
#include <mutex>

namespace rappel {
namespace {

constexpr std::size_t kMostRanges = 4096;

// Written under the mutex; the handler, which may take no lock, reads them.
struct Slot {
  std::atomic<std::uintptr_t> begin{0}, end{0};  // begin 0: free
  std::atomic<bool> damaged{false};
};

std::array<Slot, kMostRanges> slots;
std::mutex slots_mutex;
std::uintptr_t page_size = 0;  // set before the handler is
struct sigaction before {};

// Only calls that a signal handler may make: mmap() and sigaction() are plain system calls.
bool replace_lost_pages(std::uintptr_t at) {
  for (Slot& slot : slots) {
    const std::uintptr_t begin = slot.begin.load(), end = slot.end.load();
    if (begin == 0 || at < begin || at >= end || slot.begin.load() != begin) continue;
    slot.damaged.store(true);
    const std::uintptr_t page = at & ~(page_size - 1);
    return ::mmap(reinterpret_cast<void*>(page), end - page, PROT_READ,
                  MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) != MAP_FAILED;
  }
  return false;
}

void on_bus_error(int, siginfo_t* info, void*) {
  const int saved = errno;
  const bool fault = info->si_code > 0;  // not sent by a process
  if (!fault || !replace_lost_pages(reinterpret_cast<std::uintptr_t>(info->si_addr))) {
    ::sigaction(SIGBUS, &before, nullptr);
    if (!fault) ::raise(SIGBUS);  // a fault comes again by itself
  }
  errno = saved;
}

// Under the mutex.
void install_handler() {
  if (page_size != 0) return;
  page_size = static_cast<std::uintptr_t>(::sysconf(_SC_PAGESIZE));
  struct sigaction action {};
  action.sa_sigaction = on_bus_error;
  action.sa_flags = SA_SIGINFO | SA_ONSTACK;
  ::sigemptyset(&action.sa_mask);
  ::sigaction(SIGBUS, &action, &before);
}

}  // namespace

Result<std::unique_ptr<const GuardedPages>> GuardedPages::guard(const void* begin, std::size_t size) {
  const std::lock_guard lock(slots_mutex);
  install_handler();
  for (std::size_t i = 0; i < slots.size(); ++i) {
    if (slots[i].begin.load() != 0) continue;
    const auto first = reinterpret_cast<std::uintptr_t>(begin);
    slots[i].damaged.store(false);
    slots[i].end.store(first + size);
    slots[i].begin.store(first);
    return std::unique_ptr<const GuardedPages>(new GuardedPages(i));
  }
  return Status(Code::kResourceExhausted, "too many mapped files");
}

GuardedPages::~GuardedPages() {
  const std::lock_guard lock(slots_mutex);
  slots[slot_].begin.store(0);
}

bool GuardedPages::damaged() const { return slots[slot_].damaged.load(); }

}  // namespace rappel
