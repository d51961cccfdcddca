// JobWorkers: the threads that work on jobs. Each piece of work is one ingest run (retrieve/ingest_run.h), as
// that of `rappel ingest`, and every item gets its result as soon as the run has it. Nothing is ever pruned.
//
// A store that is busy, locked or full does not fail a file: it is tried again later, without end. A piece is
// given back early if another client waits. When the object ends, work that is under way is given up; the
// next start goes on with it.
#pragma once

#include <cstddef>
#include <memory>
#include <mutex>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "server/core_gate.h"
#include "server/jobs/job_table.h"
#include "server/protocol_context.h"

namespace rappel {

class JobItems;

class JobWorkers {
 public:
  // All must outlive it.
  JobWorkers(JobTable& table, const CoreGate& gate, std::size_t threads, const ProtocolOptions& options);
  ~JobWorkers();
  JobWorkers(const JobWorkers&) = delete;
  JobWorkers& operator=(const JobWorkers&) = delete;

 private:
  class Near;
  using Documents = std::shared_ptr<const std::vector<DocumentInput>>;

  void work(const std::stop_token& stop);
  void do_work(const JobWork& work, const CallContext& call, Near& near);
  void add_files(const JobWork& work, JobItems& items) const;
  Status add_documents(const JobWork& work, JobItems& items);
  Result<Documents> documents_of(const JobWork& work);
  void forget_documents(const std::string& job);

  JobTable& table_;
  const CoreGate& gate_;
  const ProtocolOptions& options_;
  std::mutex documents_mutex_;
  std::string documents_job_;  // whose documents are in memory
  Documents documents_;
  std::vector<std::jthread> threads_;
};

}  // namespace rappel
