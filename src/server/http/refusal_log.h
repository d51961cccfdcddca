// RefusalLog: one log line for a request or connection that no route sees, which would leave no trace
// otherwise. Nobody can fill the log with them: at most kLines lines a second are written, and the next one
// says how many are missing. Any thread may use it.
#pragma once

#include <chrono>
#include <cstdint>
#include <mutex>
#include <string>

namespace rappel {

class Logger;

class RefusalLog {
 public:
  using Clock = std::chrono::steady_clock;
  static constexpr int kLines = 20;

  // `logger` may be null.
  explicit RefusalLog(Logger* logger) : logger_(logger) {}

  // `request`: method and path, or empty when they are not known. `peer` is an address.
  void add(const std::string& request, int status, const std::string& peer, const std::string& message,
           Clock::time_point now);
  // A TLS handshake that failed.
  void add_handshake(const std::string& peer, const std::string& reason, Clock::time_point now);

 private:
  void write(const std::string& line, Clock::time_point now);

  Logger* const logger_;
  std::mutex mutex_;
  Clock::time_point second_;  // began then
  int lines_ = 0;             // in it
  std::uint64_t missing_ = 0;
};

}  // namespace rappel
