#include "store/sqlite/group_commit.h"

#include <new>

#include "store/sqlite/connection.h"

namespace rappel::sqlite {
namespace {

constexpr std::size_t kBatchJobs = 128;
constexpr std::size_t kBatchBytes = std::size_t{64} << 20;

}  // namespace

GroupCommit::GroupCommit(std::unique_ptr<Connection> db, std::function<void(Connection&)> after_commit)
    : db_(std::move(db)), after_commit_(std::move(after_commit)), thread_([this] { loop(); }) {}

GroupCommit::~GroupCommit() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  work_.notify_all();
  thread_.join();
}

Status GroupCommit::run(Change change, std::size_t bytes) {
  Job job;
  job.change = std::move(change);
  job.bytes = bytes;
  std::unique_lock lock(mutex_);
  queue_.push_back(&job);
  work_.notify_one();
  finished_.wait(lock, [&] { return job.done; });
  return job.status;
}

std::deque<GroupCommit::Job*> GroupCommit::next_batch() {
  std::unique_lock lock(mutex_);
  work_.wait(lock, [&] { return stopping_ || !queue_.empty(); });
  std::deque<Job*> batch;
  std::size_t bytes = 0;
  while (!queue_.empty() && batch.size() < kBatchJobs &&
         (batch.empty() || bytes + queue_.front()->bytes <= kBatchBytes)) {
    bytes += queue_.front()->bytes;
    batch.push_back(queue_.front());
    queue_.pop_front();
  }
  return batch;
}

void GroupCommit::loop() {
  for (;;) {
    const std::deque<Job*> batch = next_batch();
    if (batch.empty()) return;
    commit_batch(batch);
    {
      std::lock_guard lock(mutex_);
      for (Job* job : batch) job->done = true;
    }
    finished_.notify_all();
    after_commit_(*db_);
  }
}

void GroupCommit::commit_batch(const std::deque<Job*>& batch) {
  if (const Status locked = db_->exec("BEGIN IMMEDIATE"); !locked.ok()) {
    for (Job* job : batch) job->status = locked;  // the wait for the lock is over for all of them
    return;
  }
  const Status status = commit_together(batch);
  if (status.ok()) return;
  if (batch.size() == 1) {
    batch.front()->status = status;
    return;
  }
  for (Job* job : batch) commit_batch({job});
}

// In an open transaction, which it ends. Ok: every job has its own status, and those that are ok are durable.
// Else nothing of the batch is.
Status GroupCommit::commit_together(const std::deque<Job*>& batch) {
  Status status;
  for (Job* job : batch) {
    job->status = run_in_savepoint(*job);
    if (!db_->in_transaction()) {  // SQLite itself has rolled everything back
      status = job->status.ok() ? db_->damaged("the transaction ended by itself") : job->status;
      break;
    }
  }
  if (status.ok()) status = db_->exec("COMMIT");
  if (!status.ok() && db_->in_transaction()) (void)db_->exec("ROLLBACK");
  return status;
}

Status GroupCommit::run_in_savepoint(Job& job) {
  RAPPEL_TRY(db_->exec("SAVEPOINT change"));
  Status status;
  try {
    status = job.change(*db_);
  } catch (const std::bad_alloc&) {
    status = Status(Code::kResourceExhausted,
                    "not enough memory for this change; nothing was stored: send less at once");
  }
  if (db_->in_transaction() && !status.ok()) RAPPEL_TRY(db_->exec("ROLLBACK TO change"));
  if (db_->in_transaction()) RAPPEL_TRY(db_->exec("RELEASE change"));
  return status;
}

}  // namespace rappel::sqlite
