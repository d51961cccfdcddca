#include "embed/local/scheduler.h"

#include "base/cancelled.h"

#include <algorithm>
#include <cmath>
#include <new>
#include <numeric>
#include <string_view>
#include <unordered_map>
#include <utility>

namespace rappel {
namespace {

// Weight of a new batch in the recent speed: about a dozen batches count.
constexpr double kNewBatch = 0.1;
constexpr int kLongestRetry = 60;
constexpr double kBatchTexts[] = {1, 2, 4, 8, 16, 32, 64, 128, 256, 512};
constexpr double kBatchTokens[] = {16, 32, 64, 128, 256, 512, 1024, 2048, 4096, 8192, 16384, 32768};
constexpr double kSeconds[] = {0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30};
// A query and its passages are a short request also where batches are smallest: 10 passages of 400 tokens.
constexpr std::size_t kShortBatches = 16, kPieceBatches = 4;
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

// A caller leaves the queue also when there is no memory for the message.
template <class Make>
Status made_without_throwing(Make make) noexcept {
  try {
    return make();
  } catch (const std::bad_alloc&) {
    return no_memory();
  }
}

Status stopping() noexcept {
  return made_without_throwing([] { return Status(Code::kCancelled, "the server is stopping"); });
}

Status given_up(const RunOptions& options) noexcept {
  return made_without_throwing([&] {
    return options.cancel.stop_requested()
               ? request_cancelled()
               : Status(Code::kDeadlineExceeded, "the engine did not get to this request in time");
  });
}

// For one more push_back(), which cannot fail then.
template <class T>
void make_room(std::vector<T>& list) {
  if (list.size() == list.capacity()) list.reserve(std::max<std::size_t>(16, 2 * list.size()));
}

}  // namespace

SchedulerHistograms::SchedulerHistograms()
    : batch_texts(kBatchTexts), batch_tokens(kBatchTokens), queue_seconds(kSeconds), pass_seconds(kSeconds) {}

struct Scheduler::Caller : QueuedRequest {
  Caller(std::span<EncodeJob> texts, const RunOptions& run) : jobs(texts), options(run) {
    flow = options.flow;
    priority = options.priority;
    for (const EncodeJob& job : jobs) waiting_tokens += job.ids.size();
    order.resize(jobs.size());
    std::iota(order.begin(), order.end(), 0u);
    std::stable_sort(order.begin(), order.end(), [&](std::uint32_t a, std::uint32_t b) {
      return jobs[a].ids.size() > jobs[b].ids.size();
    });
  }

  std::span<EncodeJob> jobs;
  const RunOptions& options;
  std::vector<std::uint32_t> order;  // of jobs, longest first
  std::size_t taken = 0;             // of order: in a batch or done
  std::size_t done = 0;
  Clock::time_point arrived = Clock::now();
  Status status;

  // Keeps callers that are notified together from queueing for the scheduler's mutex. Lock order: after that
  // mutex, never before it.
  std::mutex own;
  std::condition_variable changed;
  bool leaving = false;  // under `own`: it gave up and removes itself from the counters
  bool settled = false;  // under `own`: the scheduler no longer touches it

  bool in_batch = false;  // the one that is formed or runs

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
  bool is_short = false;  // has texts of short requests
  std::vector<Entry> entries;
  std::vector<Caller*> callers;         // of the entries, each once
  std::vector<const EncodeJob*> texts;  // distinct, in packed order
  std::unordered_map<JobKey, std::size_t, JobKeyHash> rows;

  void clear() {
    tokens = 0;
    is_short = false;
    entries.clear();
    callers.clear();
    texts.clear();
    rows.clear();
  }
};

Scheduler::Scheduler(ResilientEncoder& encoder, const SchedulerOptions& options)
    : encoder_(encoder),
      options_(options),
      queue_(turn_sizes()),
      turn_(options.turn ? options.turn : std::make_shared<PassTurn>()),
      thread_([this] { loop(); }) {}

Scheduler::~Scheduler() {
  std::unique_lock lock(mutex_);
  stopping_ = true;
  for (queue_.begin_batch(); QueuedRequest* next = queue_.next();)
    give_up(static_cast<Caller&>(*next), stopping());
  lock.unlock();
  work_.notify_all();
  thread_.join();
  lock.lock();
  left_.wait(lock, [&] { return stats_.waiting == 0; });
}

Status Scheduler::run(std::span<EncodeJob> jobs, const RunOptions& options) {
  if (jobs.empty()) return {};
  Caller caller(jobs, options);
  RAPPEL_TRY(enter(caller));
  if (wait_until_settled(caller)) return caller.status;

  std::unique_lock lock(mutex_);
  if (!caller.over()) {
    ++stats_.abandoned;
    give_up(caller, given_up(options));
  }
  // The running batch must be finished before the memory of its texts is freed.
  left_.wait(lock, [&] { return !caller.running(); });
  count_off();
  left_.notify_all();
  return caller.status;
}

Status Scheduler::enter(Caller& caller) {
  std::lock_guard lock(mutex_);
  if (stopping_) return stopping();
  if (stats_.waiting >= options_.max_waiting) {
    ++stats_.refused;
    return Status(Code::kResourceExhausted, "the engine's queue is full; try again in a moment")
        .with_retry_after(seconds_to_drain());
  }
  const bool idle = queue_.empty();
  queue_.set_sizes(turn_sizes());
  queue_.add(caller);
  ++stats_.waiting;
  stats_.waiting_tokens += caller.waiting_tokens;
  if (idle)
    work_.notify_one();
  else if (queue_.has_short())
    place_.ask(PassTurn::Work::kUrgent);
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
  queue_.remove(caller);
  stats_.waiting_tokens -= std::exchange(caller.waiting_tokens, 0);
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
  count_off();
  caller.settled = true;
  caller.changed.notify_one();
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

SchedulerHistograms Scheduler::histograms() const {
  std::lock_guard lock(mutex_);
  return histograms_;
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
    if (batch.entries.empty()) continue;  // there was no memory for one
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
    place_.release(work(), batch.tokens);
    const double seconds = std::chrono::duration<double>(Clock::now() - start).count();
    const double speed = static_cast<double>(batch.tokens) / std::max(seconds, 1e-9);
    double& of_late = stats_.tokens_per_second;
    of_late += (speed - of_late) * (of_late == 0 ? 1 : kNewBatch);
    stats_.busy_seconds += seconds;
    histograms_.pass_seconds.add(seconds);
    finish(batch, status);
  }
}

// Blocks until there is work; false if the scheduler stops.
bool Scheduler::next_batch(Batch& batch) {
  batch.clear();
  std::unique_lock lock(mutex_);
  while (!stopping_ && !wait_for_turn(lock)) {
  }
  if (stopping_) {
    place_.release(PassTurn::Work::kNone);
    return false;
  }
  try {
    fill(batch);
  } catch (const std::bad_alloc&) {  // the texts taken so far form a batch
    queue_.begin_batch();
    if (batch.entries.empty()) give_up(static_cast<Caller&>(*queue_.next()), no_memory());
  }
  count_waits(batch);
  return true;
}

// Needs the mutex. For callers whose last text is in this batch.
void Scheduler::count_waits(const Batch& batch) {
  const auto now = Clock::now();
  for (const Caller* caller : batch.callers)
    if (caller->taken == caller->order.size())
      histograms_.queue_seconds.add(std::chrono::duration<double>(now - caller->arrived).count());
}

// Waits for texts, then for the turn; false if there are none any more.
bool Scheduler::wait_for_turn(std::unique_lock<std::mutex>& lock) {
  if (queue_.empty()) place_.release(PassTurn::Work::kNone);
  work_.wait(lock, [&] { return stopping_ || !queue_.empty(); });
  hold(lock);
  if (queue_.empty()) return false;
  place_.ask(work());
  lock.unlock();
  place_.wait();
  lock.lock();
  return !queue_.empty();
}

PassTurn::Work Scheduler::work() const {
  if (queue_.empty()) return PassTurn::Work::kNone;
  return queue_.has_short() ? PassTurn::Work::kUrgent : PassTurn::Work::kOrdinary;
}

FairQueue::Sizes Scheduler::turn_sizes() const {
  const std::size_t batch = std::max<std::size_t>(1, budget());
  return {.short_tokens = kShortBatches * batch, .piece_tokens = kPieceBatches * batch};
}

// Waits briefly for requests that are under way, so that they join this batch.
void Scheduler::hold(std::unique_lock<std::mutex>& lock) {
  const auto began = Clock::now();
  while (!stopping_ && under_way_ && queue_.interactive() > 0 && stats_.waiting_tokens < budget() &&
         under_way_() > queue_.interactive()) {
    const double batch_seconds =
        static_cast<double>(stats_.waiting_tokens) / std::max(stats_.tokens_per_second, 1.0);
    const std::chrono::duration<double> held = Clock::now() - began;
    if (held >= options_.longest_hold || held.count() >= options_.hold_share * batch_seconds) return;
    work_.wait_for(lock, kLookInterval);
  }
}

// Moves texts into the batch, in the queue's order, while it stays within the budget. An empty batch takes
// one text of any length. A batch with texts of short requests is not filled up with other work, for which
// they would wait. An exception leaves each text either in the batch or in the queue.
void Scheduler::fill(Batch& batch) {
  queue_.begin_batch();
  while (batch.texts.empty() || batch.tokens < budget()) {
    QueuedRequest* next = queue_.next();
    if (next == nullptr) return;
    Caller& caller = static_cast<Caller&>(*next);
    if (batch.texts.empty()) batch.heads = caller.options.heads;
    const bool waits = batch.is_short && !FairQueue::is_short(caller);
    if (waits || !same_heads(caller.options.heads, batch.heads) || !take_text(caller, batch))
      queue_.skip(caller);
  }
}

// Moves the caller's next text into the batch; false if it does not fit.
bool Scheduler::take_text(Caller& caller, Batch& batch) {
  EncodeJob& job = caller.jobs[caller.order[caller.taken]];
  const std::size_t length = job.ids.size();
  const auto known = batch.rows.find(JobKey(job));
  const bool is_new = known == batch.rows.end();
  if (is_new && !batch.texts.empty() && batch.tokens + length > budget()) return false;
  const std::size_t row = is_new ? batch.texts.size() : known->second;
  make_room(batch.entries);
  make_room(batch.texts);
  make_room(batch.callers);
  if (is_new) {
    batch.rows.emplace(JobKey(job), row);
    batch.texts.push_back(&job);
    batch.tokens += length;
  }
  batch.entries.push_back({&caller, &job, row});
  if (!std::exchange(caller.in_batch, true)) batch.callers.push_back(&caller);
  batch.is_short = batch.is_short || FairQueue::is_short(caller);
  queue_.take(caller, length, is_new ? length : 0);
  stats_.waiting_tokens -= length;
  if (++caller.taken == caller.order.size()) queue_.remove(caller);
  return true;
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
    if (batch.heads.hidden)
      entry.job->hidden = row(outputs_.hidden, start, length, outputs_.hidden.size() / packed_.tokens());
    if (batch.heads.logits) entry.job->logit = outputs_.logits[entry.row];
  }
}

void Scheduler::finish(const Batch& batch, const Status& status) {
  ++stats_.batches;
  histograms_.batch_texts.add(static_cast<double>(batch.entries.size()));
  histograms_.batch_tokens.add(static_cast<double>(batch.tokens));
  stats_.tokens += batch.tokens;
  if (status.ok()) stats_.texts += batch.entries.size();
  for (const Batch::Entry& entry : batch.entries) ++entry.caller->done;
  for (Caller* caller : batch.callers) {
    caller->in_batch = false;
    if (status.ok())
      settle(*caller);
    else
      give_up(*caller, status);
  }
}

}  // namespace rappel
