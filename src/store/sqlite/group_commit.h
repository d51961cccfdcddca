// GroupCommit: the one thread that writes, and lets concurrent callers share a transaction, so that they
// share its fsync.
//
// run() hands over a change and waits until the COMMIT that holds it is durable (or it failed). Each change
// runs in a savepoint of its own: when it fails it alone is undone. When the whole transaction fails (disk
// full, for one) its changes are tried again one by one, so that a small one is not lost to a large one's
// failure.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <span>
#include <thread>
#include <vector>

#include "base/histogram.h"
#include "base/status.h"

namespace rappel::sqlite {

class Connection;

class GroupCommit {
 public:
  // A change may run more than once; what it gives back must be that of its last run.
  using Change = std::function<Status(Connection&)>;

  // All run on the writer's thread. Those after `commit` run outside of any transaction and may throw
  // std::bad_alloc.
  struct Hooks {
    std::function<Status(Connection&)> commit;            // ends the transaction; none: COMMIT
    std::function<void(Connection&)> before_acknowledge;  // the commit is durable, its callers still wait
    std::function<void(Connection&)> after_commit;        // the callers were told
    std::function<void(Connection&)> at_end;
  };
  GroupCommit(std::unique_ptr<Connection> db, Hooks hooks);
  ~GroupCommit();  // finishes what was handed over
  GroupCommit(const GroupCommit&) = delete;
  GroupCommit& operator=(const GroupCommit&) = delete;

  // `bytes`: about how much the change writes; a transaction takes some 4 MiB or one change, because
  // the log cannot start over inside it.
  Status run(Change change, std::size_t bytes);

  // Seconds that the commits took, fsync included.
  Histogram commit_seconds() const;

 private:
  struct Job {
    Change change;
    std::size_t bytes = 0;
    Status status;
    bool done = false;
  };

  void loop();
  bool next_batch();
  void commit_batch(std::span<Job* const> batch);
  Status commit_together(std::span<Job* const> batch);
  Status run_in_savepoint(Job& job);
  Status commit();
  void roll_back();
  void call(const std::function<void(Connection&)>& hook);

  std::unique_ptr<Connection> db_;
  const Hooks hooks_;
  mutable std::mutex mutex_;
  Histogram commit_seconds_;
  std::condition_variable work_;
  std::condition_variable finished_;
  std::deque<Job*> queue_;
  std::vector<Job*> batch_;  // the thread's; has room
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace rappel::sqlite
