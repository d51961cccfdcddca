// JobTable: the jobs of a server: who waits, what is worked on, what has come of it. Any thread may call any
// method.
//
// A client adds a job in two steps: reserve() takes its place, publish() makes it known once its files are on
// disk. Workers take pieces of work, keep() each result as it comes, and give the piece back; what is kept is
// in the journal. The client with the fewest pieces of work that are out comes next, of several the one that
// was served least recently. A job has one piece out at a time, so that files of the same content meet in one
// run and documents keep their order. Jobs of documents, which are in memory meanwhile, have one for all
// clients. A client has two jobs under way at a time. A job that has ended is kept for `keep`, then forgotten
// with its folder.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <variant>
#include <vector>

#include "base/call_context.h"
#include "base/status.h"
#include "server/http/refusal.h"
#include "server/jobs/job.h"
#include "server/jobs/job_folder.h"

namespace rappel {

class Logger;

struct JobLimits {
  std::size_t unfinished = 100;                  // jobs; one client may have half of them
  std::size_t items = 200'000;                   // files and documents of all jobs that are kept
  std::uint64_t bytes = std::uint64_t{2} << 30;  // of files that wait
  std::size_t workers = 2;
  std::chrono::seconds keep{24 * 3600};  // after its end
};

// The most that a piece of work has; it always has one item.
struct JobPiece {
  std::size_t items = 256;
  std::uint64_t bytes = std::uint64_t{256} << 20;  // of files
};

// Some items of a job, in their order.
struct JobWork {
  std::string id;
  JobKind kind = JobKind::kFiles;
  std::vector<std::size_t> items;  // indexes in the request
  CallContext call;                // stopped when the job is cancelled
  std::shared_ptr<const JobSpec> spec;
};

class JobTable {
 public:
  // `logger` may be null.
  JobTable(std::filesystem::path folder, JobLimits limits, Logger* logger);
  ~JobTable();

  // Resumes what is on disk; before any other call. Fails as JobFolder::open().
  Status open();
  const JobFolder& folder() const { return folder_; }

  // The job that the same request has made before; a refusal where its body was another one (422) or it is
  // being made now (409); else the key is the caller's until publish() or give_up().
  using Known = std::variant<std::monostate, JobView, Refusal>;
  Known claim(const std::string& key, const std::string& fingerprint);
  // Takes a place in the queue for a job that is not known yet.
  std::optional<Refusal> reserve(const JobSpec& spec, FlowId flow);
  JobView publish(JobSpec spec, FlowId flow);
  void give_up(const JobSpec& spec, FlowId flow);  // after reserve()
  void release_key(const std::string& key);        // after claim() alone

  std::vector<JobView> list() const;  // the newest first
  std::optional<JobView> view(const std::string& id) const;
  // Results from `offset` on, in the order in which they came.
  std::vector<JobResult> results(const std::string& id, std::size_t offset, std::size_t limit) const;
  // Grows with every change of the job; 0: there is no such job.
  std::uint64_t version(const std::string& id) const;
  // Cancels a job that has not ended, forgets one that has. The job as it is then.
  std::optional<JobView> remove(const std::string& id);

  // Waits for work; nothing when `stop` is stopped.
  std::optional<JobWork> take(const std::stop_token& stop, const JobPiece& most = {});
  // Results of a piece of work.
  void keep(const JobWork& work, std::vector<JobResult> results);
  // Another client waits, and this piece of work had better be given back.
  bool is_awaited(const JobWork& work) const;
  // Ends a piece of work. Its items without result come again, after `pause`; `detail` says why to the
  // client.
  void give_back(const JobWork& work, std::chrono::seconds pause = {}, const std::string& detail = {});

  // Forgets the jobs whose time has come; take() does so now and then.
  void forget_old();

  struct Stats {
    std::size_t queued = 0, running = 0, kept = 0;
  };
  Stats stats() const;

 private:
  using Clock = std::chrono::steady_clock;
  struct Entry;
  using Entries = std::map<std::string, std::shared_ptr<Entry>>;

  using Chores = std::vector<std::function<void()>>;  // to be done without the mutex

  void resume(StoredJob job);
  std::shared_ptr<Entry> find(const std::string& id) const;
  bool has_room(const JobSpec& spec, FlowId flow) const;
  Entry* next_entry(Clock::time_point now) const;
  JobWork work_of(Entry& entry, const JobPiece& most);
  void finish_if_done(Entry& entry, Chores& chores);
  void note_end(const JobView& view);
  void forget(const std::string& id, Chores& chores);
  static JobView view_of(const Entry& entry);

  JobFolder folder_;
  const JobLimits limits_;
  Logger* const logger_;
  mutable std::mutex mutex_;
  std::condition_variable_any changed_;
  Entries entries_;
  std::deque<std::string> order_;             // of the entries, the oldest first
  std::map<std::string, std::string> keys_;   // key -> id; "" while the job is being made
  std::map<FlowId, std::size_t> unfinished_;  // jobs by client, reserved ones too
  std::map<FlowId, std::uint64_t> served_;    // when a client got work last, by turns_
  std::uint64_t turns_ = 0;
  std::size_t unfinished_jobs_ = 0, items_ = 0;
  std::uint64_t bytes_ = 0;
};

}  // namespace rappel
