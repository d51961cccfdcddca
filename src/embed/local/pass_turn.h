// PassTurn: which of the schedulers that share a device runs the next forward pass.
//
// Those with a short interactive request go first. While others wait too, those get a quarter of the tokens;
// urgent work may be kBurst tokens ahead of that, so that a query and its passages are computed in one go.
// Among equals the one that has waited longest is next. A scheduler that has more work keeps its place while
// it delivers results (release()), so that a request of several batches is not set back after each.
//
// A query that was embedded asks for the scores of its passages a moment later. So ordinary work that follows
// an urgent pass waits kPause for the next urgent question, if one came the last time.
//
// A pass cannot be interrupted: the most urgent request waits for the one that runs. Thread-safe. Nothing is
// allocated after a Place is made.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <vector>

namespace rappel {

class PassTurn {
 public:
  static constexpr std::size_t kBurst = 4096, kUrgentShare = 3;  // tokens; to one of the others
  static constexpr std::chrono::milliseconds kPause{2};
  enum class Work { kNone, kOrdinary, kUrgent };

  // One for each scheduler, whose thread calls wait(); the others do not block. The turn must outlive it.
  class Place {
   public:
    explicit Place(PassTurn& turn);
    ~Place();
    Place(const Place&) = delete;

    // Asks for the next pass. Again: the work may have become urgent.
    void ask(Work work);
    bool has_turn() const;
    // Until the next pass is that of this place, which has asked.
    void wait();
    // Ends the pass, which computed so many tokens, and asks again if work is left. kNone takes back a
    // question, too.
    void release(Work left, std::size_t tokens = 0);

   private:
    friend class PassTurn;
    void join(Work work);

    PassTurn& turn_;
    // Under the mutex of the turn.
    bool waiting_ = false;
    bool urgent_ = false;
    std::uint64_t arrival_ = 0;
    bool followed_ = true;  // by an urgent question within kPause
  };

 private:
  using Clock = std::chrono::steady_clock;

  // These need the mutex.
  void note_question();
  bool pause(std::unique_lock<std::mutex>& lock);
  void count(std::size_t tokens);
  Place* longest_waiting(bool urgent) const;
  void choose();

  mutable std::mutex mutex_;
  std::condition_variable chosen_, asked_;
  std::vector<Place*> places_;
  Place* holder_ = nullptr;         // its pass runs, or is the next one
  bool urgent_ = false;             // what it asked for
  std::size_t ahead_ = 0;           // tokens that urgent work had beyond its share while others waited
  Place* urgent_before_ = nullptr;  // had the last pass, if that was urgent
  bool question_ = false;           // an urgent one, since then
  Clock::time_point urgent_end_;
  std::uint64_t arrivals_ = 0;
};

}  // namespace rappel
