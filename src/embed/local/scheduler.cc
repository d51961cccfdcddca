#include "embed/local/scheduler.h"

#include "base/cancelled.h"

#include <algorithm>
#include <cmath>
#include <new>
#include <numeric>
#include <string_view>
#include <unordered_map>

namespace rappel {
namespace {

// Weight of a new batch in the recent speed: about a dozen batches count.
constexpr double kNewBatch = 0.1;
constexpr int kLongestRetry = 60;
constexpr std::chrono::microseconds kLookInterval{
    50};  // between two looks at the number of requests under way

bool same_heads(const HeadRequest& a, const HeadRequest& b) {
  return a.dense == b.dense && a.sparse == b.sparse && a.colbert == b.colbert && a.logits == b.logits &&
         a.hidden == b.hidden && a.dimensions == b.dimensions;
}

// The bytes of ids and types: two texts are equal for the encoder if these are.
struct JobKey {
  std::string_view ids, types;
  explicit JobKey(const EncodeJob& job)
      : ids(reinterpret_cast<const char*>(job.ids.data()), job.ids.size_bytes()),
        types(reinterpret_cast<const char*>(job.type_ids.data()), job.type_ids.size_bytes()) {}
  bool operator==(const JobKey&) const = default;
};
struct JobKeyHash {
  std::size_t operator()(const JobKey& key) const { return std::hash<std::string_view>()(key.ids); }
};

// Short enough to need none itself.
Status no_memory() { return Status(Code::kResourceExhausted, "no memory"); }

// For one more push_back(), which cannot fail then.
template <class T>
void make_room(std::vector<T>& list) {
  if (list.size() == list.capacity()) list.reserve(std::max<std::size_t>(16, 2 * list.size()));
}

}  // namespace

struct Scheduler::Caller {
  std::span<EncodeJob> jobs;
  const RunOptions& options;
  std::vector<std::uint32_t> order;  // of jobs, longest first
  std::size_t taken = 0;             // of order: in a batch or done
  std::size_t done = 0;
  Clock::time_point arrived = Clock::now();
  Clock::time_point served = arrived;  // last time a batch took a text
  Status status;

  // Keeps callers that are notified together from queueing for the scheduler's mutex. Lock order: after that
  // mutex, never before it.
  std::mutex own;
  std::condition_variable changed;
  bool leaving = false;  // under `own`: it gave up and removes itself from the counters
  bool settled = false;  // under `own`: the scheduler no longer touches it

  bool running() const { return done < taken; }
  bool over() const { return !running() && (!status.ok() || done == jobs.size()); }
};

struct Scheduler::Batch {
  struct Entry {
    Caller* caller;
    EncodeJob* job;
    std::size_t row;  // of the packed texts
  };
  HeadRequest heads;
  std::size_t tokens = 0;
  std::vector<Entry> entries;
  std::vector<const EncodeJob*> texts;  // distinct, in packed order
  std::unordered_map<JobKey, std::size_t, JobKeyHash> rows;

  void clear() {
    tokens = 0;
    entries.clear();
    texts.clear();
    rows.clear();
  }
};

Scheduler::Scheduler(ResilientEncoder& encoder, const SchedulerOptions& options)
    : encoder_(encoder), options_(options), thread_([this] { loop(); }) {}

Scheduler::~Scheduler() {
  std::unique_lock lock(mutex_);
  stopping_ = true;
  for (auto* queue : {&interactive_, &bulk_})
    while (!queue->empty()) give_up(*queue->front(), Status(Code::kCancelled, "the server is stopping"));
  lock.unlock();
  work_.notify_all();
  thread_.join();
  lock.lock();
  left_.wait(lock, [&] { return stats_.waiting == 0; });
}

Status Scheduler::run(std::span<EncodeJob> jobs, const RunOptions& options) {
  if (jobs.empty()) return {};
  Caller caller{.jobs = jobs, .options = options};
  caller.order.resize(jobs.size());
  std::iota(caller.order.begin(), caller.order.end(), 0u);
  std::stable_sort(caller.order.begin(), caller.order.end(),
                   [&](std::uint32_t a, std::uint32_t b) { return jobs[a].ids.size() > jobs[b].ids.size(); });
  RAPPEL_TRY(enter(caller));
  if (wait_until_settled(caller)) return caller.status;

  std::unique_lock lock(mutex_);
  if (!caller.over()) {
    ++stats_.abandoned;
    give_up(caller, options.cancel.stop_requested()
                        ? request_cancelled()
                        : Status(Code::kDeadlineExceeded, "the engine did not get to this request in time"));
  }
  // The running batch must be finished before the memory of its texts is freed.
  left_.wait(lock, [&] { return !caller.running(); });
  count_off(caller);
  left_.notify_all();
  return caller.status;
}

Status Scheduler::enter(Caller& caller) {
  std::lock_guard lock(mutex_);
  if (stopping_) return Status(Code::kCancelled, "the server is stopping");
  if (stats_.waiting >= options_.max_waiting) {
    ++stats_.refused;
    return Status(Code::kResourceExhausted, "the engine's queue is full; try again in a moment")
        .with_retry_after(seconds_to_drain());
  }
  ++stats_.waiting;
  for (const EncodeJob& job : caller.jobs) stats_.waiting_tokens += job.ids.size();
  const bool idle = interactive_.empty() && bulk_.empty();
  (caller.options.priority == Priority::kInteractive ? interactive_ : bulk_).push_back(&caller);
  if (idle) work_.notify_one();
  return {};
}

// False if the deadline passed or the caller was cancelled; it is leaving then.
bool Scheduler::wait_until_settled(Caller& caller) {
  const RunOptions& options = caller.options;
  const std::stop_callback wake(options.cancel, [&caller] {
    std::lock_guard lock(caller.own);
    caller.changed.notify_all();
  });
  std::unique_lock lock(caller.own);
  const auto woken = [&] { return caller.settled || options.cancel.stop_requested(); };
  if (options.deadline == Clock::time_point::max())
    caller.changed.wait(lock, woken);
  else
    caller.changed.wait_until(lock, options.deadline, woken);
  caller.leaving = !caller.settled;
  return caller.settled;
}

// Takes the rest of its texts out of the queue.
void Scheduler::give_up(Caller& caller, const Status& status) {
  try {
    if (caller.status.ok()) caller.status = status;
  } catch (const std::bad_alloc&) {
    caller.status = no_memory();
  }
  (caller.options.priority == Priority::kInteractive ? interactive_ : bulk_).remove(&caller);
  for (std::size_t i = caller.taken; i < caller.order.size(); ++i)
    stats_.waiting_tokens -= caller.jobs[caller.order[i]].ids.size();
  caller.order.resize(caller.taken);
  settle(caller);
}

// Notifies the caller if all its texts are settled. The caller may be destroyed when this returns.
void Scheduler::settle(Caller& caller) {
  if (!caller.over()) return;
  std::lock_guard lock(caller.own);
  if (caller.leaving) {
    left_.notify_all();
    return;
  }
  count_off(caller);
  caller.settled = true;
  caller.changed.notify_one();
}

void Scheduler::count_off(const Caller& caller) {
  --stats_.waiting;
  stats_.wait_seconds += std::chrono::duration<double>(Clock::now() - caller.arrived).count();
}

int Scheduler::seconds_to_drain() const {
  if (stats_.tokens_per_second == 0) return 1;
  const double seconds = std::ceil(static_cast<double>(stats_.waiting_tokens) / stats_.tokens_per_second);
  return static_cast<int>(std::clamp<double>(seconds, 1, kLongestRetry));
}

SchedulerStats Scheduler::stats() const {
  std::lock_guard lock(mutex_);
  SchedulerStats stats = stats_;
  stats.batch_tokens = budget();
  return stats;
}

void Scheduler::set_batch_tokens(std::size_t tokens) {
  std::lock_guard lock(mutex_);
  options_.batch_tokens = tokens;
}

void Scheduler::set_under_way(std::function<std::size_t()> queries) {
  std::lock_guard lock(mutex_);
  under_way_ = std::move(queries);
}

void Scheduler::loop() {
  Batch batch;
  while (next_batch(batch)) {
    const auto start = Clock::now();
    Status status;
    try {
      status = compute(batch);
      if (status.ok()) deliver(batch);
    } catch (const std::bad_alloc&) {  // of the process, not of a device: these callers get the error, later
                                       // ones may succeed
      status = no_memory();
    }
    std::lock_guard lock(mutex_);
    const double seconds = std::chrono::duration<double>(Clock::now() - start).count();
    const double speed = static_cast<double>(batch.tokens) / std::max(seconds, 1e-9);
    double& of_late = stats_.tokens_per_second;
    of_late += (speed - of_late) * (of_late == 0 ? 1 : kNewBatch);
    stats_.busy_seconds += seconds;
    finish(batch, status);
  }
}

// Blocks until there is work; false if the scheduler stops.
bool Scheduler::next_batch(Batch& batch) {
  batch.clear();
  std::unique_lock lock(mutex_);
  const auto any = [&] { return stopping_ || !interactive_.empty() || !bulk_.empty(); };
  do {
    work_.wait(lock, any);
    hold(lock);
  } while (!any());  // all callers gave up meanwhile
  if (stopping_) return false;
  const bool aged = !bulk_.empty() && Clock::now() - bulk_.front()->served > options_.ageing;
  const bool bulk_first = interactive_.empty() || aged;
  Caller& first = *(bulk_first ? bulk_ : interactive_).front();
  batch.heads = first.options.heads;
  try {
    if (bulk_first) take(bulk_, interactive_.empty() ? budget() : budget() / 2, batch);
    take(interactive_, budget(), batch);
    take(bulk_, budget(), batch);
  } catch (const std::bad_alloc&) {  // the texts taken so far form a batch
    if (batch.entries.empty()) give_up(first, no_memory());
  }
  return true;
}

// Waits briefly for requests that are under way, so that they join this batch.
void Scheduler::hold(std::unique_lock<std::mutex>& lock) {
  const auto began = Clock::now();
  while (!stopping_ && under_way_ && !interactive_.empty() && stats_.waiting_tokens < budget() &&
         under_way_() > interactive_.size()) {
    const double batch_seconds =
        static_cast<double>(stats_.waiting_tokens) / std::max(stats_.tokens_per_second, 1.0);
    const std::chrono::duration<double> held = Clock::now() - began;
    if (held >= options_.longest_hold || held.count() >= options_.hold_share * batch_seconds) return;
    work_.wait_for(lock, kLookInterval);
  }
}

// Moves texts of the queue's callers into the batch while it stays within the budget. An empty batch takes
// one text of any length. An exception leaves each text either in the batch or in the queue.
void Scheduler::take(std::list<Caller*>& queue, std::size_t budget, Batch& batch) {
  for (auto it = queue.begin(); it != queue.end();) {
    Caller& caller = **it;
    if (!same_heads(caller.options.heads, batch.heads)) {
      ++it;
      continue;
    }
    for (; caller.taken < caller.order.size(); ++caller.taken) {
      EncodeJob& job = caller.jobs[caller.order[caller.taken]];
      const std::size_t length = job.ids.size();
      make_room(batch.entries);
      make_room(batch.texts);
      const auto known = batch.rows.find(JobKey(job));
      if (known != batch.rows.end()) {
        batch.entries.push_back({&caller, &job, known->second});
        stats_.waiting_tokens -= length;
        continue;
      }
      if (!batch.texts.empty() && batch.tokens + length > budget) break;
      batch.rows.emplace(JobKey(job), batch.texts.size());
      batch.entries.push_back({&caller, &job, batch.texts.size()});
      batch.texts.push_back(&job);
      batch.tokens += length;
      stats_.waiting_tokens -= length;
      caller.served = Clock::now();
    }
    if (caller.taken < caller.order.size()) return;  // the batch is full; later callers do not overtake
    it = queue.erase(it);
  }
}

Status Scheduler::compute(const Batch& batch) {
  packed_.clear();
  for (const EncodeJob* text : batch.texts) packed_.append(text->ids, text->type_ids, encoder_.config());
  return encoder_.forward(packed_, batch.heads, outputs_);
}

// Copies rows to their jobs. This thread owns the jobs until finish(), because their callers wait for it.
void Scheduler::deliver(const Batch& batch) {
  const auto row = [](const std::vector<float>& rows, std::size_t first, std::size_t count,
                      std::size_t columns) {
    const auto begin = rows.begin() + static_cast<std::ptrdiff_t>(first * columns);
    return std::vector<float>(begin, begin + static_cast<std::ptrdiff_t>(count * columns));
  };
  for (const Batch::Entry& entry : batch.entries) {
    const auto start = static_cast<std::size_t>(packed_.starts[entry.row]);
    const std::size_t length = entry.job->ids.size();
    if (batch.heads.dense)
      entry.job->dense = row(outputs_.dense, entry.row, 1, static_cast<std::size_t>(outputs_.dense_dim));
    if (batch.heads.sparse) entry.job->token_weights = row(outputs_.token_weights, start, length, 1);
    // ColBERT leaves out the first row of each text.
    if (batch.heads.colbert)
      entry.job->colbert = row(outputs_.colbert, start - entry.row, length - 1,
                               static_cast<std::size_t>(outputs_.colbert_dim));
    if (batch.heads.logits) entry.job->logit = outputs_.logits[entry.row];
  }
}

void Scheduler::finish(const Batch& batch, const Status& status) {
  ++stats_.batches;
  stats_.tokens += batch.tokens;
  if (status.ok()) stats_.texts += batch.entries.size();
  // The entries of a caller are adjacent.
  for (std::size_t i = 0; i < batch.entries.size(); ++i) {
    Caller& caller = *batch.entries[i].caller;
    ++caller.done;
    if (i + 1 < batch.entries.size() && batch.entries[i + 1].caller == &caller) continue;
    if (status.ok())
      settle(caller);
    else
      give_up(caller, status);
  }
}

}  // namespace rappel
