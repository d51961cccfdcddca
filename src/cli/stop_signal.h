// StopSignal: the first SIGINT or SIGTERM asks politely, the second ends the process at once.
#pragma once

namespace rappel {

// One at a time in a process, for as long as the object lives.
class StopSignal {
 public:
  StopSignal();
  ~StopSignal();
  StopSignal(const StopSignal&) = delete;
  StopSignal& operator=(const StopSignal&) = delete;

  bool raised() const;
  // Returns when a signal came, or wake() was called.
  void wait();
  void wake();
};

}  // namespace rappel
