#include "ingest/extract/seats.h"

#include <algorithm>
#include <chrono>
#include <thread>

namespace rappel {
namespace {

constexpr int kMostSeats = 8;  // a file and those in it may take 200 MB of this process

int half_of_cpus() {
  return std::clamp(static_cast<int>(std::thread::hardware_concurrency() / 2), 1, kMostSeats);
}

}  // namespace

bool Seats::take(const std::stop_token& cancel) {
  std::unique_lock lock(mutex_);
  while (free_ <= 0) {
    if (cancel.stop_requested()) return false;
    given_back_.wait_for(lock, std::chrono::milliseconds(50));
  }
  --free_;
  return true;
}

void Seats::take_at_once() {
  const std::lock_guard lock(mutex_);
  --free_;
}

void Seats::give_back() {
  const std::lock_guard lock(mutex_);
  ++free_;
  given_back_.notify_one();
}

Seats& file_seats() {
  static Seats seats(half_of_cpus());
  return seats;
}

Seats& ocr_seats() {
  static Seats seats(half_of_cpus());
  return seats;
}

Seats& office_seats() {
  static Seats seats(1);
  return seats;
}

OtherSeat::OtherSeat(Seats& seats, const std::stop_token& cancel) : seats_(seats) {
  file_seats().give_back();
  taken_ = seats_.take(cancel);
}

OtherSeat::~OtherSeat() {
  if (taken_) seats_.give_back();
  file_seats().take_at_once();
}

}  // namespace rappel
