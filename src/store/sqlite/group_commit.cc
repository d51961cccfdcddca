#include "store/sqlite/group_commit.h"

#include <chrono>
#include <new>

#include "store/sqlite/connection.h"

namespace rappel::sqlite {
namespace {

constexpr std::size_t kBatchJobs = 128;
constexpr std::size_t kBatchBytes = std::size_t{4} << 20;
constexpr double kCommitSeconds[] = {0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5};

}  // namespace

GroupCommit::GroupCommit(std::unique_ptr<Connection> db, Hooks hooks)
    : db_(std::move(db)), hooks_(std::move(hooks)), commit_seconds_(kCommitSeconds) {
  batch_.reserve(kBatchJobs);
  thread_ = std::thread([this] { loop(); });
}

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

// Into batch_; false: nothing more comes.
bool GroupCommit::next_batch() {
  std::unique_lock lock(mutex_);
  work_.wait(lock, [&] { return stopping_ || !queue_.empty(); });
  batch_.clear();
  std::size_t bytes = 0;
  while (!queue_.empty() && batch_.size() < kBatchJobs &&
         (batch_.empty() || bytes + queue_.front()->bytes <= kBatchBytes)) {
    bytes += queue_.front()->bytes;
    batch_.push_back(queue_.front());
    queue_.pop_front();
  }
  return !batch_.empty();
}

void GroupCommit::loop() {
  while (next_batch()) {
    commit_batch(batch_);
    call(hooks_.before_acknowledge);
    {
      std::lock_guard lock(mutex_);
      for (Job* job : batch_) job->done = true;
    }
    finished_.notify_all();
    call(hooks_.after_commit);
  }
  call(hooks_.at_end);
}

void GroupCommit::call(const std::function<void(Connection&)>& hook) {
  try {
    if (hook) hook(*db_);
  } catch (const std::bad_alloc&) {
  }
}

// Whatever happens every job gets a status: this thread must not end.
void GroupCommit::commit_batch(std::span<Job* const> batch) {
  Status status;
  try {
    roll_back();  // what a lack of memory has left open
    if (const Status locked = db_->exec("BEGIN IMMEDIATE"); !locked.ok()) {
      for (Job* job : batch) job->status = locked;  // the wait for the lock is over for all of them
      return;
    }
    status = commit_together(batch);
    if (status.ok()) return;
  } catch (const std::bad_alloc&) {
    status = Status(Code::kResourceExhausted, "no memory");  // short enough to need none itself
    roll_back();
  }
  if (batch.size() == 1) {
    batch.front()->status = std::move(status);
    return;
  }
  for (std::size_t i = 0; i < batch.size(); ++i) commit_batch(batch.subspan(i, 1));
}

void GroupCommit::roll_back() {
  try {
    if (db_->in_transaction()) (void)db_->exec("ROLLBACK");
  } catch (const std::bad_alloc&) {
  }
}

// In an open transaction, which it ends. Ok: every job has its own status, and those that are ok are durable.
// Else nothing of the batch is.
Status GroupCommit::commit_together(std::span<Job* const> batch) {
  Status status;
  for (Job* job : batch) {
    job->status = run_in_savepoint(*job);
    if (!db_->in_transaction()) {  // SQLite itself has rolled everything back
      status = job->status.ok() ? db_->damaged("the transaction ended by itself") : job->status;
      break;
    }
  }
  if (status.ok()) status = commit();
  if (!status.ok() && db_->in_transaction()) (void)db_->exec("ROLLBACK");
  return status;
}

Status GroupCommit::commit() {
  const auto start = std::chrono::steady_clock::now();
  const Status status = hooks_.commit ? hooks_.commit(*db_) : db_->exec("COMMIT");
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
  const std::lock_guard lock(mutex_);
  commit_seconds_.add(took.count());
  return status;
}

Histogram GroupCommit::commit_seconds() const {
  const std::lock_guard lock(mutex_);
  return commit_seconds_;
}

Status GroupCommit::run_in_savepoint(Job& job) {
  RAPPEL_TRY(db_->exec("SAVEPOINT change"));
  Status status;
  try {
    status = job.change(*db_);
  } catch (const std::bad_alloc&) {
    status = Status(Code::kResourceExhausted,
                    "not enough memory for this change; nothing was stored: send less at once")
                 .with_id("memory");
  }
  if (db_->in_transaction() && !status.ok()) RAPPEL_TRY(db_->exec("ROLLBACK TO change"));
  if (db_->in_transaction()) RAPPEL_TRY(db_->exec("RELEASE change"));
  return status;
}

}  // namespace rappel::sqlite
