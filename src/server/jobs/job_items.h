// JobItems: a piece of a job on its way through an ingest run: what the run gets, and its results, which go
// to the JobTable as they come.
#pragma once

#include <chrono>
#include <deque>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "server/input/ingest_items.h"
#include "server/jobs/job_table.h"

namespace rappel {

class JobItems : public IngestItems {
 public:
  // All must outlive it. `stop`: the piece is given up.
  JobItems(JobTable& table, const JobWork& work, const CoreGate& gate, const std::stop_token& stop);

  void add_file(std::size_t index);
  void add_document(std::size_t index, const DocumentInput& document);
  // The result of an item that needs no run.
  void fail(std::size_t index, const std::string& detail);

  // Until all items are done, something stops it, or the server can store nothing.
  Status run(Core& core, const IngestSettings& settings);
  // Ends the piece of work.
  void give_back();

 private:
  using Clock = std::chrono::steady_clock;

  void done(std::size_t index, IngestResult result, const Failure* failure) override;
  void put_off(const Refusal& refusal) override;
  std::string name_of(std::size_t index) const;

  JobTable& table_;
  const JobWork& work_;
  FoundFiles found_;
  std::vector<std::pair<std::size_t, std::string>> names_;  // of documents, by index
  std::deque<ByteHold> memory_;
  std::optional<Refusal> refusal_;
  Clock::time_point looked_around_ = Clock::now();
  std::stop_source end_;
  const std::stop_callback<std::function<void()>> on_stop_;
};

}  // namespace rappel
