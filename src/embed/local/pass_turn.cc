#include "embed/local/pass_turn.h"

#include <algorithm>

namespace rappel {

PassTurn::Place::Place(PassTurn& turn) : turn_(turn) {
  std::lock_guard lock(turn_.mutex_);
  turn_.places_.push_back(this);
}

PassTurn::Place::~Place() {
  release(Work::kNone);
  std::lock_guard lock(turn_.mutex_);
  std::erase(turn_.places_, this);
  if (turn_.urgent_before_ == this) turn_.urgent_before_ = nullptr;
}

void PassTurn::Place::ask(Work work) {
  std::lock_guard lock(turn_.mutex_);
  if (work == Work::kUrgent) turn_.note_question();
  if (turn_.holder_ == this) {
    urgent_ = urgent_ || work == Work::kUrgent;
    return;
  }
  join(work);
  if (turn_.holder_ == nullptr) turn_.choose();
}

bool PassTurn::Place::has_turn() const {
  std::lock_guard lock(turn_.mutex_);
  return turn_.holder_ == this;
}

void PassTurn::Place::wait() {
  std::unique_lock lock(turn_.mutex_);
  do turn_.chosen_.wait(lock, [&] { return turn_.holder_ == this; });
  while (turn_.pause(lock));
}

void PassTurn::Place::release(Work left, std::size_t tokens) {
  std::lock_guard lock(turn_.mutex_);
  if (turn_.holder_ == this) turn_.count(tokens);
  if (left == Work::kNone)
    waiting_ = false;
  else
    join(left);
  if (turn_.holder_ == this) turn_.choose();
}

void PassTurn::Place::join(Work work) {
  if (!waiting_) {
    waiting_ = true;
    urgent_ = false;
    arrival_ = ++turn_.arrivals_;
  }
  urgent_ = urgent_ || work == Work::kUrgent;
}

PassTurn::Place* PassTurn::longest_waiting(bool urgent) const {
  Place* first = nullptr;
  for (Place* place : places_)
    if (place->waiting_ && place->urgent_ == urgent && (!first || place->arrival_ < first->arrival_))
      first = place;
  return first;
}

// Ordinary work needs no credit for passes that nobody else wanted: it waits for one urgent burst at most.
void PassTurn::count(std::size_t tokens) {
  urgent_before_ = urgent_ ? holder_ : nullptr;
  urgent_end_ = Clock::now();
  question_ = false;
  if (!urgent_)
    ahead_ -= std::min(ahead_, kUrgentShare * tokens);
  else if (longest_waiting(false) != nullptr)
    ahead_ += tokens;
}

void PassTurn::note_question() {
  question_ = true;
  if (urgent_before_ != nullptr && Clock::now() - urgent_end_ <= kPause) urgent_before_->followed_ = true;
  asked_.notify_all();
}

// Before the pass of the holder. True: its turn went to an urgent place instead.
bool PassTurn::pause(std::unique_lock<std::mutex>& lock) {
  if (urgent_ || urgent_before_ == nullptr || !urgent_before_->followed_) return false;
  asked_.wait_until(lock, urgent_end_ + kPause, [&] { return question_; });
  if (urgent_before_ != nullptr) urgent_before_->followed_ = question_;
  urgent_before_ = nullptr;
  urgent_ = holder_->urgent_;
  if (urgent_ || longest_waiting(true) == nullptr) return false;
  holder_->waiting_ = true;
  choose();
  return true;
}

void PassTurn::choose() {
  Place* const urgent = longest_waiting(true);
  Place* const other = longest_waiting(false);
  urgent_ = urgent && (!other || ahead_ < kBurst);
  holder_ = urgent_ ? urgent : other;
  if (!holder_) return;
  holder_->waiting_ = false;
  chosen_.notify_all();
}

}  // namespace rappel
