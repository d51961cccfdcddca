// JobWorkers: the threads that work on jobs: they read each file as an upload is read, and store it.
//
// A store that is busy, locked or full does not fail a file: it is tried again later, without end. When the
// object ends, work that is under way is given up; the next start goes on with it.
#pragma once

#include <cstddef>
#include <memory>
#include <mutex>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "ingest/extract/read_options.h"
#include "server/core_gate.h"
#include "server/jobs/job_table.h"

namespace rappel {

class JobWorkers {
 public:
  // Both must outlive it. `max_documents`: of a job.
  JobWorkers(JobTable& table, const CoreGate& gate, std::size_t threads, std::size_t max_documents,
             const ReadOptions& reading);
  ~JobWorkers();
  JobWorkers(const JobWorkers&) = delete;
  JobWorkers& operator=(const JobWorkers&) = delete;

 private:
  using Documents = std::shared_ptr<const std::vector<DocumentInput>>;

  void work(const std::stop_token& stop);
  void do_work(const JobWork& work, const CallContext& call);
  void do_file(const JobWork& work, const CallContext& call);
  void do_documents(const JobWork& work, const CallContext& call);
  // Fills the results of documents that were read; false: it was put off.
  bool store(const JobWork& work, std::vector<DocumentInput> documents, const CallContext& call,
             std::vector<JobResult>& results);
  Result<Documents> documents_of(const JobWork& work);

  JobTable& table_;
  const CoreGate& gate_;
  const std::size_t max_documents_;
  const ReadOptions reading_;
  std::mutex documents_mutex_;
  std::string documents_job_;  // whose documents are in memory
  Documents documents_;
  std::vector<std::jthread> threads_;
};

}  // namespace rappel
