#include "embed/scheduler.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <string_view>
#include <unordered_map>

namespace rappel {
namespace {

// Weight of a new batch in the speed of late: a dozen batches count.
constexpr double kNewBatch = 0.1;
constexpr int kLongestRetry = 60;

bool same_heads(const HeadRequest& a, const HeadRequest& b) {
  return a.dense == b.dense && a.sparse == b.sparse && a.colbert == b.colbert && a.logits == b.logits &&
         a.hidden == b.hidden && a.dimensions == b.dimensions;
}

// What makes two texts equal for the encoder, as bytes of the caller's ids and types.
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
  std::condition_variable_any changed;

  bool running() const { return done < taken; }
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
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
    for (auto* queue : {&interactive_, &bulk_}) {
      for (Caller* caller : *queue) {
        caller->status = Status(Code::kCancelled, "the server is stopping");
        caller->changed.notify_all();
      }
      queue->clear();
    }
  }
  work_.notify_all();
  thread_.join();
  std::unique_lock lock(mutex_);
  left_.wait(lock, [&] { return stats_.waiting == 0; });
}

Status Scheduler::run(std::span<EncodeJob> jobs, const RunOptions& options) {
  if (jobs.empty()) return {};
  Caller caller{.jobs = jobs, .options = options};
  caller.order.resize(jobs.size());
  std::iota(caller.order.begin(), caller.order.end(), 0u);
  std::stable_sort(caller.order.begin(), caller.order.end(),
                   [&](std::uint32_t a, std::uint32_t b) { return jobs[a].ids.size() > jobs[b].ids.size(); });

  std::unique_lock lock(mutex_);
  if (stopping_) return Status(Code::kCancelled, "the server is stopping");
  if (stats_.waiting >= options_.max_waiting) {
    ++stats_.refused;
    return Status(Code::kResourceExhausted, "the engine's queue is full; try again in a moment")
        .with_retry_after(seconds_to_drain());
  }
  ++stats_.waiting;
  for (const EncodeJob& job : jobs) stats_.waiting_tokens += job.ids.size();
  auto& queue = options.priority == Priority::kInteractive ? interactive_ : bulk_;
  queue.push_back(&caller);
  work_.notify_one();

  const auto finished = [&] { return !caller.status.ok() || caller.done == jobs.size(); };
  if (options.deadline == Clock::time_point::max()) {
    caller.changed.wait(lock, options.cancel, finished);
  } else {
    caller.changed.wait_until(lock, options.cancel, options.deadline, finished);
  }
  if (!finished()) {
    ++stats_.abandoned;
    caller.status = options.cancel.stop_requested()
                        ? Status(Code::kCancelled, "the request was cancelled")
                        : Status(Code::kDeadlineExceeded, "the engine did not get to this request in time");
  }
  // From here on no batch takes more of it; what a running batch holds must be done before its memory goes.
  queue.remove(&caller);
  for (std::size_t i = caller.taken; i < caller.order.size(); ++i)
    stats_.waiting_tokens -= jobs[caller.order[i]].ids.size();
  caller.changed.wait(lock, [&] { return !caller.running(); });
  --stats_.waiting;
  if (stopping_) left_.notify_all();
  stats_.wait_seconds += std::chrono::duration<double>(Clock::now() - caller.arrived).count();
  return caller.status;
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

void Scheduler::loop() {
  Batch batch;
  while (next_batch(batch)) {
    const auto start = Clock::now();
    const Status status = compute(batch);
    if (status.ok()) deliver(batch);
    std::lock_guard lock(mutex_);
    const double seconds = std::chrono::duration<double>(Clock::now() - start).count();
    const double speed = static_cast<double>(batch.tokens) / std::max(seconds, 1e-9);
    double& of_late = stats_.tokens_per_second;
    of_late += (speed - of_late) * (of_late == 0 ? 1 : kNewBatch);
    stats_.busy_seconds += seconds;
    finish(batch, status);
  }
}

// Blocks until there is work; false when the scheduler stops.
bool Scheduler::next_batch(Batch& batch) {
  batch.clear();
  std::unique_lock lock(mutex_);
  work_.wait(lock, [&] { return stopping_ || !interactive_.empty() || !bulk_.empty(); });
  if (stopping_) return false;
  const bool aged = !bulk_.empty() && Clock::now() - bulk_.front()->served > options_.ageing;
  const bool bulk_first = interactive_.empty() || aged;
  batch.heads = (bulk_first ? bulk_ : interactive_).front()->options.heads;
  if (bulk_first) take(bulk_, interactive_.empty() ? budget() : budget() / 2, batch);
  take(interactive_, budget(), batch);
  take(bulk_, budget(), batch);
  return true;
}

// Moves texts of the queue's callers into the batch while it stays within the budget. An empty batch takes one text of any
// length.
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
    if (caller.taken < caller.order.size()) return;  // the batch is full: later callers do not overtake
    it = queue.erase(it);
  }
}

Status Scheduler::compute(const Batch& batch) {
  packed_.clear();
  for (const EncodeJob* text : batch.texts) packed_.append(text->ids, text->type_ids, encoder_.config());
  return encoder_.forward(packed_, batch.heads, outputs_);
}

// Copies rows to their jobs. The jobs are this thread's until finish(): their callers wait for that.
void Scheduler::deliver(const Batch& batch) {
  const auto row = [](const std::vector<float>& rows, std::size_t first, std::size_t count, std::size_t columns) {
    const auto begin = rows.begin() + static_cast<std::ptrdiff_t>(first * columns);
    return std::vector<float>(begin, begin + static_cast<std::ptrdiff_t>(count * columns));
  };
  for (const Batch::Entry& entry : batch.entries) {
    const auto start = static_cast<std::size_t>(packed_.starts[entry.row]);
    const std::size_t length = entry.job->ids.size();
    if (batch.heads.dense)
      entry.job->dense = row(outputs_.dense, entry.row, 1, static_cast<std::size_t>(outputs_.dense_dim));
    if (batch.heads.sparse) entry.job->token_weights = row(outputs_.token_weights, start, length, 1);
    // Each text before this one has left its first row out.
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
  for (const Batch::Entry& entry : batch.entries) {
    ++entry.caller->done;
    if (!status.ok() && entry.caller->status.ok()) entry.caller->status = status;
    entry.caller->changed.notify_all();
  }
}

}  // namespace rappel
