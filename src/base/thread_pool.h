// ThreadPool: the process's one set of compute threads, for short, wide parallel regions.
//
// `run(region)` executes `region(lane)` once on every lane at the same time (lane 0 is the calling thread)
// and returns when all have finished. Inside a region lanes meet at `Lane::barrier()`; every lane must reach
// the same barriers. A whole forward pass is one region: waking the threads is paid once, barriers cost under
// a microsecond.
//
// run() may be called from any thread: regions of different callers take turns in the order of asking. A
// region must not call run() of the same pool. Idle threads spin for a few tens of microseconds after a
// region and then sleep: an idle pool uses no CPU. What a lane throws (no memory) ends that lane, and run()
// throws it on when all lanes have ended; a region with barriers must not throw, for the other lanes would
// wait.
#pragma once

#include <atomic>
#include <cstddef>
#include <memory>
#include <type_traits>
#include <utility>

namespace rappel {

class ThreadPool;

class Lane {
 public:
  int index() const { return index_; }  // 0 .. count-1
  int count() const { return count_; }
  void barrier();

 private:
  friend class ThreadPool;
  Lane(ThreadPool* pool, int index, int count) : pool_(pool), index_(index), count_(count) {}
  ThreadPool* pool_;
  int index_;
  int count_;
};

class ThreadPool {
 public:
  // threads >= 1, the caller of run() included. See base/os/cpu.h for how many this process may use.
  explicit ThreadPool(int threads);
  ~ThreadPool();
  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;

  int threads() const;

  template <class Region>
  void run(Region&& region) {
    using R = std::remove_reference_t<Region>;
    run_erased([](void* context, Lane& lane) { (*static_cast<R*>(context))(lane); },
               const_cast<void*>(static_cast<const void*>(std::addressof(region))));
  }

  // body(begin, end) over [0, n) in pieces of at most `grain`, claimed by whichever lane is free.
  template <class Body>
  void parallel_for(std::size_t n, std::size_t grain, Body&& body) {
    if (n == 0) return;
    std::atomic<std::size_t> next{0};
    run([&](Lane&) {
      for (std::size_t begin; (begin = next.fetch_add(grain, std::memory_order_relaxed)) < n;)
        body(begin, begin + grain < n ? begin + grain : n);
    });
  }

 private:
  friend class Lane;
  using RegionFn = void (*)(void*, Lane&);
  void run_erased(RegionFn fn, void* context);
  void wait_at_barrier();
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace rappel
