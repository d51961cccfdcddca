// Signals of the process. StopSignal: the first SIGINT or SIGTERM asks to stop, the second ends the process
// at once. ReloadSignal: SIGHUP asks to read the settings again and never ends the process.
#pragma once

#include <stop_token>
#include <thread>

namespace rappel {

// One at a time in a process, for as long as the object lives.
class StopSignal {
 public:
  // `limit_s` > 0: SIGALRM ends the process so many seconds after the signal, whatever its threads do then.
  explicit StopSignal(unsigned limit_s = 0);
  ~StopSignal();
  StopSignal(const StopSignal&) = delete;
  StopSignal& operator=(const StopSignal&) = delete;

  bool raised() const;
  // Returns when the signal has come, after a SIGHUP while a ReloadSignal lives, and after wake().
  void wait();
  void wake();
};

// One at a time in a process, for as long as the object lives; SIGHUP ends the process before and after that.
class ReloadSignal {
 public:
  ReloadSignal();
  ~ReloadSignal();
  ReloadSignal(const ReloadSignal&) = delete;
  ReloadSignal& operator=(const ReloadSignal&) = delete;

  // Whether SIGHUP came since the last call.
  bool take();
};

// A StopSignal as a stop token, for work that looks at one.
class StopRequest {
 public:
  StopRequest();
  ~StopRequest();
  StopRequest(const StopRequest&) = delete;
  StopRequest& operator=(const StopRequest&) = delete;

  std::stop_token token() const { return source_.get_token(); }
  bool raised() const { return source_.stop_requested(); }

 private:
  StopSignal signal_;
  std::stop_source source_;
  std::thread watcher_;
};

}  // namespace rappel
