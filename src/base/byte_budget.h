// ByteBudget: a bound on the memory that many requests use together. It counts bytes and allocates nothing.
//
// Callers share it by a dynamic threshold, as switches share their buffers (Choudhury and Hahne, 1998): the
// holds of one caller may be as large together as what stays free. A caller that is alone gets half of the
// budget, two get a third each, and there is always room for one more. A hold of up to kSmallHold bytes is
// bound by no share, and an eighth of the budget is kept for such holds.
//
// ByteBudget may be used by several threads, a ByteHold by one at a time. The budget outlives its holds.
#pragma once

#include <cstddef>
#include <limits>
#include <map>
#include <mutex>
#include <string>

namespace rappel {

class ByteBudget {
 public:
  static constexpr std::size_t kSmallHold = std::size_t{64} << 10;

  explicit ByteBudget(std::size_t limit) : limit_(limit) {}
  ByteBudget(const ByteBudget&) = delete;
  ByteBudget& operator=(const ByteBudget&) = delete;

  // Whether a new hold of so many bytes would fit now.
  bool fits(const std::string& caller, std::size_t bytes) const;
  // The most that the holds of one caller get, when it is alone.
  std::size_t most_of_a_caller() const { return limit_ / 2; }
  std::size_t used() const;
  std::size_t limit() const { return limit_; }

 private:
  friend class ByteHold;
  bool take(const std::string& caller, std::size_t held, std::size_t more);
  void give(const std::string& caller, std::size_t bytes);
  bool has_room(const std::string& caller, std::size_t held, std::size_t more) const;  // under the mutex

  const std::size_t limit_;
  mutable std::mutex mutex_;
  std::size_t used_ = 0;                        // at most limit_
  std::map<std::string, std::size_t> callers_;  // bytes of those that hold some
};

// The bytes of one request; given back when the object ends.
class ByteHold {
 public:
  static constexpr std::size_t kUnbounded = std::numeric_limits<std::size_t>::max();
  enum class Room {
    kTaken,
    kTooLarge,  // beyond `limit`: a retry does not help
    kNone,      // beyond what the budget gives now
  };

  ByteHold() = default;
  // `budget` null: only `limit` counts.
  ByteHold(ByteBudget* budget, std::string caller, std::size_t limit = kUnbounded);
  ByteHold(ByteHold&& other) noexcept;
  ByteHold& operator=(ByteHold&&) = delete;
  ~ByteHold() { release(); }

  // So many bytes more, or none of them.
  Room take(std::size_t more);
  // Gives back what it has beyond so many bytes.
  void shrink_to(std::size_t bytes);
  void release() { shrink_to(0); }

  std::size_t bytes() const { return bytes_; }
  std::size_t limit() const { return limit_; }
  ByteBudget* budget() const { return budget_; }

 private:
  ByteBudget* budget_ = nullptr;
  std::string caller_;
  std::size_t limit_ = kUnbounded;
  std::size_t bytes_ = 0;
};

}  // namespace rappel
