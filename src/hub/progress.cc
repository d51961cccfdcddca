#include "hub/progress.h"

#include <algorithm>

namespace rappel::hub {

constexpr std::chrono::milliseconds kBetweenCalls{100};

// With mutex_ held: observers are called one at a time.
void ProgressMeter::tell(bool always, const std::string& file, const std::string& note) {
  if (!file.empty()) progress_.file = file;
  if (!observer_) return;
  const auto now = std::chrono::steady_clock::now();
  if (!always && now - last_ < kBetweenCalls) return;
  last_ = now;
  progress_.note = note;
  observer_(progress_);
  progress_.note.clear();
}

void ProgressMeter::start_files(int files, std::uint64_t bytes) {
  const std::lock_guard lock(mutex_);
  progress_.phase = PullProgress::Phase::kDownloading;
  progress_.files_total = files;
  progress_.bytes_total = bytes;
  tell(true, {}, {});
}

void ProgressMeter::add_total(std::uint64_t bytes) {
  const std::lock_guard lock(mutex_);
  progress_.bytes_total += bytes;
}

void ProgressMeter::found(std::uint64_t bytes, const std::string& file) {
  const std::lock_guard lock(mutex_);
  progress_.bytes_present += bytes;
  tell(false, file, {});
}

void ProgressMeter::dropped(std::uint64_t bytes, const std::string& file) {
  const std::lock_guard lock(mutex_);
  progress_.bytes_present -= std::min(bytes, progress_.bytes_present);
  tell(false, file, {});
}

void ProgressMeter::received(std::uint64_t bytes, const std::string& file) {
  const std::lock_guard lock(mutex_);
  progress_.bytes_present += bytes;
  progress_.bytes_received += bytes;
  tell(false, file, {});
}

void ProgressMeter::file_done(const std::string& file) {
  const std::lock_guard lock(mutex_);
  ++progress_.files_done;
  tell(true, file, {});
}

void ProgressMeter::note(const std::string& text) {
  const std::lock_guard lock(mutex_);
  tell(true, {}, text);
}

void ProgressMeter::done() {
  const std::lock_guard lock(mutex_);
  progress_.phase = PullProgress::Phase::kDone;
  tell(true, {}, {});
}

std::uint64_t ProgressMeter::bytes_total() const {
  const std::lock_guard lock(mutex_);
  return progress_.bytes_total;
}

std::uint64_t ProgressMeter::bytes_received() const {
  const std::lock_guard lock(mutex_);
  return progress_.bytes_received;
}

}  // namespace rappel::hub
