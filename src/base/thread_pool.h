// ThreadPool: the compute threads of the process, for short parallel regions that use all cores.
//
// `run(region)` executes `region(lane)` once on every lane at the same time (lane 0 is the calling thread)
// and returns when all lanes have finished. Lanes synchronize at `Lane::barrier()`; every lane must reach the
// same barriers. A whole forward pass is one region, so threads are woken once per pass; a barrier costs less
// than a microsecond.
//
// Any thread may call run(): a ticket lock serves callers in order of arrival. A region must not call run()
// of the same pool. Idle threads spin for some tens of microseconds after a region and then sleep, so an idle
// pool uses no CPU. An exception (out of memory) ends its lane; run() rethrows it after all lanes have ended.
// A region with barriers must not throw, because the other lanes would wait forever.
#pragma once

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
  // threads >= 1, including the caller of run(). CpuInfo (base/os/cpu.h) says how many the process may use.
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

 private:
  friend class Lane;
  using RegionFn = void (*)(void*, Lane&);
  void run_erased(RegionFn fn, void* context);
  void wait_at_barrier();
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace rappel
