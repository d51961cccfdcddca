// Seats: how many files are read, recognized or converted at a time. Safe to call from several threads.
#pragma once

#include <condition_variable>
#include <mutex>
#include <stop_token>

namespace rappel {

class Seats {
 public:
  explicit Seats(int count) : free_(count) {}

  // Waits for a free one. False: cancelled.
  bool take(const std::stop_token& cancel);
  // Without waiting; for a while there may be one more than there are.
  void take_at_once();
  void give_back();

 private:
  std::mutex mutex_;
  std::condition_variable given_back_;
  int free_;
};

// One per two CPUs, at most eight: the models want the others, and memory is short.
Seats& file_seats();
// As many again, for OCR, which takes minutes.
Seats& ocr_seats();

// One: LibreOffice takes hundreds of megabytes.
Seats& office_seats();

// Gives its seat for files to others while it has one of another kind.
class OtherSeat {
 public:
  OtherSeat(Seats& seats, const std::stop_token& cancel);
  ~OtherSeat();
  OtherSeat(const OtherSeat&) = delete;
  bool taken() const { return taken_; }  // false: cancelled

 private:
  Seats& seats_;
  bool taken_;
};

}  // namespace rappel
