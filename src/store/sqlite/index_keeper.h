// IndexKeeper: the thread that improves and saves the index of a store in the background.
//
// Once there are enough rows it trains the codec on a sample, and again when there are four times as many;
// then segments of another codec are encoded again, one after another, while searches go on. Full segments
// are written to the index folder as they come, the last one at the end. A failure (a full disk, for one)
// costs no answer: the work is tried again after the next change.
//
// Where searches estimate, a self-check measures their recall once nothing has changed for a while, and again
// when the index has grown. It widens the bounds of the searches until recall is 0.99.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>

#include "base/status.h"
#include "store/sqlite/connection_pool.h"
#include "store/sqlite/index_cache.h"
#include "store/sqlite/index_recall.h"

namespace rappel::sqlite {

struct IndexPatience {
  // Nothing is improved before so long after the start, so that a process that asks one question does not
  // wait for work that it does not need.
  std::chrono::milliseconds before_work = std::chrono::seconds(2);
  // Nothing has changed for so long before recall is measured.
  std::chrono::milliseconds before_check = std::chrono::minutes(1);
};

class IndexKeeper {
 public:
  IndexKeeper(IndexCache& cache, ConnectionPool& readers, IndexFolder& folder, IndexPatience patience = {});
  ~IndexKeeper();  // saves what is not on disk yet
  IndexKeeper(const IndexKeeper&) = delete;
  IndexKeeper& operator=(const IndexKeeper&) = delete;

  // Something changed. Quick; any thread.
  void wake();
  // For tests: waits until everything that was asked for before is done.
  void wait();
  // By the last self-check.
  std::optional<double> recall() const;

 private:
  void run();
  void work();
  bool stopped();
  Status train(const IndexVersion& version);
  Status encode_again(const DenseIndex::Outdated& outdated, const std::shared_ptr<const DenseCodec>& codec);
  Status save(bool all);
  bool wants_check() const;
  Status check();
  Result<double> widen(Connection& db, const IndexRecall& recall, const DenseIndex& index);

  IndexCache& cache_;
  ConnectionPool& readers_;
  IndexFolder& folder_;
  const IndexPatience patience_;
  std::size_t checked_rows_ = 0;  // of the last self-check; the thread's
  mutable std::mutex mutex_;
  std::optional<double> recall_;
  std::condition_variable changed_;
  std::uint64_t asked_ = 1, done_ = 0;  // calls of wake(), and those that were worked on
  bool stop_ = false;
  std::thread thread_;
};

}  // namespace rappel::sqlite
