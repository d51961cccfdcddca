// StopSignal: the first SIGINT or SIGTERM asks politely, the second ends the process at once.
#pragma once

#include <stop_token>
#include <thread>

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

// The same as a request to stop, for work that looks at a stop token.
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
