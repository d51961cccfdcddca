#include "server/jobs/job_table.h"

#include <algorithm>
#include <set>
#include <tuple>
#include <utility>

#include "base/log.h"
#include "base/timestamp.h"

namespace rappel {
namespace {

constexpr std::chrono::seconds kLookAround{60};  // for jobs to forget
constexpr int kQueueRetrySeconds = 30;

std::string now_text() { return format_timestamp_utc(std::chrono::system_clock::now()); }

// How long ago a job ended; 0 if the clock was set back.
std::chrono::seconds age_of(const std::string& finished_at) {
  const auto then = parse_timestamp(finished_at);
  if (!then.ok()) return {};
  const auto now =
      std::chrono::duration_cast<std::chrono::seconds>(std::chrono::system_clock::now().time_since_epoch());
  return std::max(std::chrono::seconds(0), now - std::chrono::seconds(*then));
}

Refusal queue_is_full() {
  return {Refusal::Reason::kBusy, "Too many jobs wait: try again when some have ended, or send fewer",
          kQueueRetrySeconds};
}

}  // namespace

struct JobTable::Entry {
  std::shared_ptr<const JobSpec> spec;
  FlowId flow = kDefaultFlow;
  JobState state = JobState::kQueued;
  JobCounts counts;
  std::vector<JobResult> results;  // as they came
  std::vector<bool> done;          // by index
  std::size_t next = 0;            // the first item that nobody has taken
  std::set<std::size_t> put_off;   // taken and given back; all of them before `next`
  std::size_t working = 0;         // pieces of work that are out
  Clock::time_point not_before{};
  std::string detail, finished_at;
  Clock::time_point forget_at{};
  std::uint64_t version = 1;
  std::stop_source cancel;

  bool has_work() {
    while (next < done.size() && done[next]) ++next;
    return state != JobState::kCancelled && (next < done.size() || !put_off.empty());
  }
  void add(JobResult result) {
    if (result.index >= done.size() || done[result.index]) return;
    done[result.index] = true;
    counts.add(result.result.state);
    results.push_back(std::move(result));
  }
};

JobTable::JobTable(std::filesystem::path folder, JobLimits limits, Logger* logger)
    : folder_(std::move(folder)), limits_(limits), logger_(logger) {}
JobTable::~JobTable() = default;

Status JobTable::open() {
  RAPPEL_TRY(folder_.open());
  const auto report = [this](const Status& status) {
    if (logger_ != nullptr) logger_->warn("{}", status.to_string());
  };
  for (StoredJob& job : folder_.load(report)) resume(std::move(job));
  return {};
}

void JobTable::resume(StoredJob job) {
  auto entry = std::make_shared<Entry>();
  entry->done.resize(job.spec.count());
  entry->spec = std::make_shared<const JobSpec>(std::move(job.spec));
  const JobSpec& spec = *entry->spec;
  for (JobResult& result : job.results) entry->add(std::move(result));
  items_ += spec.count();
  if (!spec.key.empty()) keys_[spec.key] = spec.id;
  order_.push_back(spec.id);
  entries_[spec.id] = entry;
  if (job.end) {
    entry->state = *job.end;
    entry->finished_at = job.finished_at.empty() ? now_text() : job.finished_at;
    entry->forget_at = Clock::now() + limits_.keep - std::min(limits_.keep, age_of(job.finished_at));
    folder_.drop_input(spec);
    return;
  }
  ++unfinished_jobs_;
  ++unfinished_[entry->flow];
  bytes_ += spec.bytes;
  if (logger_ != nullptr)
    logger_->info("job {}: resumed, {} of {} done", spec.id, entry->counts.done(), spec.count());
  Chores chores;
  finish_if_done(*entry, chores);
  for (const auto& chore : chores) chore();
}

std::shared_ptr<JobTable::Entry> JobTable::find(const std::string& id) const {
  const auto it = entries_.find(id);
  return it == entries_.end() ? nullptr : it->second;
}

JobTable::Known JobTable::claim(const std::string& key, const std::string& fingerprint) {
  const std::lock_guard lock(mutex_);
  const auto known = keys_.find(key);
  if (known == keys_.end()) {
    keys_[key] = "";
    return std::monostate();
  }
  if (known->second.empty()) return same_key_in_use_refusal();
  const auto entry = find(known->second);
  if (entry->spec->fingerprint != fingerprint) return other_body_refusal();
  return view_of(*entry);
}

void JobTable::release_key(const std::string& key) {
  const std::lock_guard lock(mutex_);
  const auto known = keys_.find(key);
  if (known != keys_.end() && known->second.empty()) keys_.erase(known);
}

bool JobTable::has_room(const JobSpec& spec, FlowId flow) const {
  const auto own = unfinished_.find(flow);
  return unfinished_jobs_ < limits_.unfinished &&
         (own == unfinished_.end() || own->second < std::max<std::size_t>(1, limits_.unfinished / 2)) &&
         spec.bytes <= limits_.bytes - std::min(limits_.bytes, bytes_);
}

std::optional<Refusal> JobTable::reserve(const JobSpec& spec, FlowId flow) {
  Chores chores;
  {
    const std::lock_guard lock(mutex_);
    if (!has_room(spec, flow)) return queue_is_full();
    // Jobs that have ended make room for others.
    while (items_ + spec.count() > limits_.items) {
      const auto ended = std::find_if(order_.begin(), order_.end(), [&](const std::string& id) {
        return !entries_[id]->finished_at.empty();
      });
      if (ended == order_.end()) break;
      forget(std::string(*ended), chores);
    }
    if (items_ + spec.count() > limits_.items) return queue_is_full();
    ++unfinished_jobs_;
    ++unfinished_[flow];
    items_ += spec.count();
    bytes_ += spec.bytes;
  }
  for (const auto& chore : chores) chore();
  return std::nullopt;
}

void JobTable::give_up(const JobSpec& spec, FlowId flow) {
  const std::lock_guard lock(mutex_);
  --unfinished_jobs_;
  if (--unfinished_[flow] == 0) unfinished_.erase(flow);
  items_ -= spec.count();
  bytes_ -= spec.bytes;
  if (!spec.key.empty()) keys_.erase(spec.key);
}

JobView JobTable::publish(JobSpec spec, FlowId flow) {
  auto entry = std::make_shared<Entry>();
  entry->done.resize(spec.count());
  entry->spec = std::make_shared<const JobSpec>(std::move(spec));
  entry->flow = flow;
  const std::string& id = entry->spec->id;
  const std::lock_guard lock(mutex_);
  if (!entry->spec->key.empty()) keys_[entry->spec->key] = id;
  order_.push_back(id);
  entries_[id] = entry;
  changed_.notify_all();
  return view_of(*entry);
}

JobView JobTable::view_of(const Entry& entry) {
  const JobSpec& spec = *entry.spec;
  return {spec.id,      spec.created_at, entry.finished_at, spec.kind,    entry.state,
          spec.count(), spec.bytes,      entry.counts,      entry.detail, spec.owner};
}

std::vector<JobView> JobTable::list() const {
  const std::lock_guard lock(mutex_);
  std::vector<JobView> views;
  for (auto id = order_.rbegin(); id != order_.rend(); ++id) views.push_back(view_of(*entries_.at(*id)));
  return views;
}

std::optional<JobView> JobTable::view(const std::string& id) const {
  const std::lock_guard lock(mutex_);
  const auto entry = find(id);
  return entry ? std::optional(view_of(*entry)) : std::nullopt;
}

std::vector<JobResult> JobTable::results(const std::string& id, std::size_t offset, std::size_t limit) const {
  const std::lock_guard lock(mutex_);
  const auto entry = find(id);
  if (!entry || offset >= entry->results.size()) return {};
  const auto begin = entry->results.begin() + static_cast<std::ptrdiff_t>(offset);
  const std::size_t count = std::min(limit, entry->results.size() - offset);
  return {begin, begin + static_cast<std::ptrdiff_t>(count)};
}

std::uint64_t JobTable::version(const std::string& id) const {
  const std::lock_guard lock(mutex_);
  const auto entry = find(id);
  return entry ? entry->version : 0;
}

std::optional<JobView> JobTable::remove(const std::string& id) {
  const auto before = view(id);
  if (!before) return std::nullopt;
  // On disk before the client knows it: a restart does not go on with it.
  if (!has_ended(before->state))
    if (const Status written = folder_.end(id, JobState::kCancelled, now_text());
        !written.ok() && logger_ != nullptr)
      logger_->error("job {}: cannot keep its end: {}", id, written.to_string());
  Chores chores;
  JobView view;
  {
    const std::lock_guard lock(mutex_);
    const auto entry = find(id);
    if (!entry) return std::nullopt;
    if (!entry->finished_at.empty()) {
      view = view_of(*entry);
      forget(id, chores);
    } else {
      entry->state = JobState::kCancelled;
      entry->detail.clear();
      entry->cancel.request_stop();
      ++entry->version;
      finish_if_done(*entry, chores);
      view = view_of(*entry);
    }
  }
  for (const auto& chore : chores) chore();
  return view;
}

// See the top of the header. Under the mutex.
JobTable::Entry* JobTable::next_entry(Clock::time_point now) const {
  struct Client {
    std::size_t working = 0, running = 0;  // pieces that are out; jobs under way
    bool documents = false;                // one of those jobs has documents
  };
  std::map<FlowId, Client> clients;
  bool documents_are_out = false;
  for (const auto& [id, entry] : entries_) {
    const bool of_documents = entry->spec->kind == JobKind::kDocuments;
    Client& client = clients[entry->flow];
    client.working += entry->working;
    documents_are_out = documents_are_out || (of_documents && entry->working > 0);
    if (entry->state != JobState::kRunning) continue;
    ++client.running;
    client.documents = client.documents || of_documents;
  }
  Entry* best = nullptr;
  const auto rank = [&](const Entry& entry) {
    const auto served = served_.find(entry.flow);
    return std::tuple(clients[entry.flow].working, served == served_.end() ? 0 : served->second,
                      entry.state != JobState::kRunning);
  };
  for (const std::string& id : order_) {
    Entry& entry = *entries_.at(id);
    if (has_ended(entry.state) || entry.not_before > now || !entry.has_work()) continue;
    const bool of_documents = entry.spec->kind == JobKind::kDocuments;
    if (entry.working > 0 || (of_documents && documents_are_out)) continue;
    const Client& client = clients[entry.flow];
    const bool begins = entry.state != JobState::kRunning;
    if (begins && (client.running >= limits_.workers || (of_documents && client.documents))) continue;
    if (best == nullptr || rank(entry) < rank(*best)) best = &entry;
  }
  return best;
}

JobWork JobTable::work_of(Entry& entry, const JobPiece& most) {
  JobWork work{entry.spec->id, entry.spec->kind, {}, {entry.cancel.get_token(), entry.flow}, entry.spec};
  std::uint64_t bytes = 0;
  while (work.items.size() < most.items && entry.has_work()) {
    const std::size_t item = entry.put_off.empty() ? entry.next : *entry.put_off.begin();
    if (work.kind == JobKind::kFiles) bytes += entry.spec->files[item].bytes;
    if (!work.items.empty() && bytes > most.bytes) break;
    if (entry.put_off.empty())
      ++entry.next;
    else
      entry.put_off.erase(item);
    work.items.push_back(item);
  }
  ++entry.working;
  served_[entry.flow] = ++turns_;
  if (entry.state == JobState::kQueued) {
    entry.state = JobState::kRunning;
    ++entry.version;
  }
  return work;
}

std::optional<JobWork> JobTable::take(const std::stop_token& stop, const JobPiece& most) {
  std::unique_lock lock(mutex_);
  auto look_around = Clock::now() + kLookAround;
  while (!stop.stop_requested()) {
    const auto now = Clock::now();
    if (Entry* entry = next_entry(now)) return work_of(*entry, most);
    if (now >= look_around) {
      look_around = now + kLookAround;
      lock.unlock();
      forget_old();
      lock.lock();
      continue;
    }
    changed_.wait_for(lock, stop, std::chrono::seconds(1),
                      [this] { return next_entry(Clock::now()) != nullptr; });
  }
  return std::nullopt;
}

void JobTable::keep(const JobWork& work, std::vector<JobResult> results) {
  // The journal first: what a client is told stays true after a crash.
  if (const Status written = folder_.append(work.id, results); !written.ok() && logger_ != nullptr)
    logger_->error("job {}: cannot keep its results: {}", work.id, written.to_string());
  if (work.kind == JobKind::kFiles)
    for (const JobResult& result : results) folder_.drop_file(work.id, result.index);
  const std::lock_guard lock(mutex_);
  const auto entry = find(work.id);
  for (JobResult& result : results) entry->add(std::move(result));
  entry->detail.clear();
  ++entry->version;
}

bool JobTable::is_awaited(const JobWork& work) const {
  const std::lock_guard lock(mutex_);
  if (unfinished_.size() < 2) return false;
  const auto entry = find(work.id);
  --entry->working;  // as if it were given back
  const Entry* const next = next_entry(Clock::now());
  ++entry->working;
  return next != nullptr && next->flow != entry->flow;
}

void JobTable::give_back(const JobWork& work, std::chrono::seconds pause, const std::string& detail) {
  Chores chores;
  {
    const std::lock_guard lock(mutex_);
    const auto entry = find(work.id);
    for (const std::size_t item : work.items)
      if (!entry->done[item]) entry->put_off.insert(item);
    if (pause.count() > 0) entry->not_before = Clock::now() + pause;
    if (entry->state != JobState::kCancelled && !detail.empty()) entry->detail = detail;
    --entry->working;
    ++entry->version;
    finish_if_done(*entry, chores);
  }
  changed_.notify_all();
  for (const auto& chore : chores) chore();
}

// The disk is left to the chores, because clients wait for the mutex.
void JobTable::finish_if_done(Entry& entry, Chores& chores) {
  const bool all = entry.counts.done() == entry.done.size();
  if (entry.working > 0 || !entry.finished_at.empty() || (!all && entry.state != JobState::kCancelled))
    return;
  if (entry.state != JobState::kCancelled) entry.state = JobState::kCompleted;
  entry.finished_at = now_text();
  entry.forget_at = Clock::now() + limits_.keep;
  entry.detail.clear();
  ++entry.version;
  --unfinished_jobs_;
  if (--unfinished_[entry.flow] == 0) {
    unfinished_.erase(entry.flow);
    served_.erase(entry.flow);
  }
  bytes_ -= entry.spec->bytes;
  chores.push_back([this, spec = entry.spec, view = view_of(entry)] {
    note_end(view);
    folder_.drop_input(*spec);
  });
}

void JobTable::note_end(const JobView& view) {
  if (const Status written = folder_.end(view.id, view.state, view.finished_at);
      !written.ok() && logger_ != nullptr)
    logger_->error("job {}: cannot keep its end: {}", view.id, written.to_string());
  if (logger_ != nullptr)
    logger_->info("job {}: {}, {} stored, {} empty, {} failed of {}", view.id, state_name(view.state),
                  view.counts.stored, view.counts.empty, view.counts.failed, view.total);
}

void JobTable::forget_old() {
  Chores chores;
  {
    const std::lock_guard lock(mutex_);
    const auto now = Clock::now();
    std::vector<std::string> old;
    for (const auto& [id, entry] : entries_)
      if (!entry->finished_at.empty() && entry->forget_at <= now) old.push_back(id);
    for (const std::string& id : old) forget(id, chores);
  }
  for (const auto& chore : chores) chore();
}

void JobTable::forget(const std::string& id, Chores& chores) {
  const auto entry = find(id);
  items_ -= entry->spec->count();
  if (!entry->spec->key.empty()) keys_.erase(entry->spec->key);
  order_.erase(std::find(order_.begin(), order_.end(), id));
  entries_.erase(id);
  chores.push_back([this, id] { folder_.remove(id); });
}

JobTable::Stats JobTable::stats() const {
  const std::lock_guard lock(mutex_);
  Stats stats;
  for (const auto& [id, entry] : entries_) {
    stats.queued += entry->state == JobState::kQueued;
    stats.running += entry->state == JobState::kRunning;
    stats.kept += has_ended(entry->state);
  }
  return stats;
}

}  // namespace rappel
