// The counters of PullProgress, updated by several threads.
#pragma once

#include <chrono>
#include <cstdint>
#include <mutex>
#include <string>

#include "hub/hub.h"

namespace rappel::hub {

class ProgressMeter {
 public:
  explicit ProgressMeter(PullObserver observer) : observer_(std::move(observer)) {}

  void start_files(int files, std::uint64_t bytes);            // listing is over
  void add_total(std::uint64_t bytes);                         // of a file whose size was not known
  void found(std::uint64_t bytes, const std::string& file);    // on disk already
  void dropped(std::uint64_t bytes, const std::string& file);  // counted before, to be fetched again
  void received(std::uint64_t bytes, const std::string& file);
  void file_done(const std::string& file);
  void note(const std::string& text);
  void done();
  std::uint64_t bytes_total() const;
  std::uint64_t bytes_received() const;

 private:
  void tell(bool always, const std::string& file, const std::string& note);

  PullObserver observer_;
  mutable std::mutex mutex_;
  PullProgress progress_;  // guarded by mutex_, like last_
  std::chrono::steady_clock::time_point last_{};
};

}  // namespace rappel::hub
