// IndexKeeper: the thread that improves and saves the index of a store in the background.
//
// Once there are enough rows it trains the codec on a sample, and again when there are four times as many;
// then segments of another codec are encoded again, one after another, while searches go on. Full segments
// are written to the index folder as they come, the last one at the end. A failure (a full disk, for one)
// costs no answer: the work is tried again after the next change.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <thread>

#include "base/status.h"
#include "store/sqlite/connection_pool.h"
#include "store/sqlite/index_cache.h"

namespace rappel::sqlite {

class IndexKeeper {
 public:
  // `patience`: nothing is improved before so long after the start, so that a process that asks one question
  // does not wait for work that it does not need.
  IndexKeeper(IndexCache& cache, ConnectionPool& readers, IndexFolder& folder,
              std::chrono::milliseconds patience = std::chrono::seconds(2));
  ~IndexKeeper();  // saves what is not on disk yet
  IndexKeeper(const IndexKeeper&) = delete;
  IndexKeeper& operator=(const IndexKeeper&) = delete;

  // Something changed. Quick; any thread.
  void wake();
  // For tests: waits until everything that was asked for before is done.
  void wait();

 private:
  void run();
  void work();
  bool stopped();
  Status train(const IndexVersion& version);
  Status encode_again(const DenseIndex::Outdated& outdated, const std::shared_ptr<const DenseCodec>& codec);
  Status save(bool all);

  IndexCache& cache_;
  ConnectionPool& readers_;
  IndexFolder& folder_;
  const std::chrono::milliseconds patience_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::uint64_t asked_ = 1, done_ = 0;  // calls of wake(), and those that were worked on
  bool stop_ = false;
  std::thread thread_;
};

}  // namespace rappel::sqlite
