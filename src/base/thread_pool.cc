#include "base/thread_pool.h"

#include <exception>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include "base/check.h"
#include "base/ticket_lock.h"

namespace rappel {
namespace {

inline void cpu_relax() {
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

// Spins before sleeping or yielding: some tens of microseconds on current CPUs.
constexpr int kSpins = 2000;

}  // namespace

struct ThreadPool::Impl {
  int count;
  std::vector<std::thread> threads;
  TicketLock region_lock;  // one region at a time

  RegionFn fn = nullptr;
  void* context = nullptr;
  alignas(64) std::atomic<unsigned> generation{0};
  alignas(64) std::atomic<int> running{0};
  alignas(64) std::atomic<int> arrived{0};
  alignas(64) std::atomic<unsigned> barrier_generation{0};
  std::atomic<bool> stopping{false};
  std::mutex failure_mutex;
  std::exception_ptr failure;  // the first exception of this region

  void run_lane(Lane& lane) noexcept {
    try {
      fn(context, lane);
    } catch (...) {
      std::lock_guard lock(failure_mutex);
      if (!failure) failure = std::current_exception();
    }
  }

  void wait_until_changed(std::atomic<unsigned>& value, unsigned seen) {
    for (int i = 0; i < kSpins; ++i) {
      if (value.load(std::memory_order_acquire) != seen) return;
      cpu_relax();
    }
    value.wait(seen, std::memory_order_acquire);
  }

  void stop() {
    stopping.store(true, std::memory_order_release);
    generation.fetch_add(1, std::memory_order_acq_rel);
    generation.notify_all();
    for (auto& thread : threads) thread.join();
  }
};

ThreadPool::ThreadPool(int threads) : impl_(std::make_unique<Impl>()) {
  RAPPEL_CHECK(threads >= 1, "a pool has at least one thread");
  impl_->count = threads;
  try {
    for (int i = 1; i < threads; ++i) {
      impl_->threads.emplace_back([this, i] {
        unsigned seen = 0;
        for (;;) {
          impl_->wait_until_changed(impl_->generation, seen);
          seen = impl_->generation.load(std::memory_order_acquire);
          if (impl_->stopping.load(std::memory_order_acquire)) return;
          Lane lane(this, i, impl_->count);
          impl_->run_lane(lane);
          if (impl_->running.fetch_sub(1, std::memory_order_acq_rel) == 1) impl_->running.notify_one();
        }
      });
    }
  } catch (...) {  // thread creation failed: join the threads that were started
    impl_->stop();
    throw;
  }
}

ThreadPool::~ThreadPool() { impl_->stop(); }

int ThreadPool::threads() const { return impl_->count; }

void ThreadPool::run_erased(RegionFn fn, void* context) {
  std::lock_guard lock(impl_->region_lock);
  Lane lane(this, 0, impl_->count);
  if (impl_->count == 1) return fn(context, lane);
  impl_->fn = fn;
  impl_->context = context;
  impl_->running.store(impl_->count - 1, std::memory_order_relaxed);
  impl_->generation.fetch_add(1, std::memory_order_acq_rel);
  impl_->generation.notify_all();
  impl_->run_lane(lane);
  for (int left, spins = 0; (left = impl_->running.load(std::memory_order_acquire)) != 0;) {
    if (++spins < kSpins) {
      cpu_relax();
    } else {
      impl_->running.wait(left, std::memory_order_acquire);
    }
  }
  if (impl_->failure) std::rethrow_exception(std::exchange(impl_->failure, nullptr));
}

void ThreadPool::wait_at_barrier() {
  if (impl_->count == 1) return;
  const unsigned seen = impl_->barrier_generation.load(std::memory_order_acquire);
  if (impl_->arrived.fetch_add(1, std::memory_order_acq_rel) == impl_->count - 1) {
    impl_->arrived.store(0, std::memory_order_relaxed);
    impl_->barrier_generation.fetch_add(1, std::memory_order_acq_rel);
    impl_->barrier_generation.notify_all();
  } else {
    impl_->wait_until_changed(impl_->barrier_generation, seen);
  }
}

void Lane::barrier() { pool_->wait_at_barrier(); }

}  // namespace rappel
