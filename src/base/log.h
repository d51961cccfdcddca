// Logger: writes the program's log. Libraries of this project never print: they return a Status or write to
// the Logger that the caller passed in.
//
// Thread-safe. One line per call: "2026-11-23T10:00:00.123Z info  message". Owned by main (or by a test).
#pragma once

#include <fmt/format.h>

#include <memory>
#include <string>
#include <string_view>

#include "base/status.h"

namespace rappel {

enum class LogLevel { kDebug, kInfo, kWarn, kError, kOff };

// Accepts debug, info, warn, error, off.
Result<LogLevel> parse_log_level(std::string_view name);

class Logger {
 public:
  // Writes to standard error.
  static std::unique_ptr<Logger> to_stderr(LogLevel level);
  // Keeps lines in memory, for tests: `lines` is appended to under a lock and must outlive the logger.
  static std::unique_ptr<Logger> to_string(std::string* lines, LogLevel level = LogLevel::kDebug);
  virtual ~Logger() = default;

  template <class... Args>
  void debug(fmt::format_string<Args...> f, Args&&... args) {
    log(LogLevel::kDebug, f, std::forward<Args>(args)...);
  }
  template <class... Args>
  void info(fmt::format_string<Args...> f, Args&&... args) {
    log(LogLevel::kInfo, f, std::forward<Args>(args)...);
  }
  template <class... Args>
  void warn(fmt::format_string<Args...> f, Args&&... args) {
    log(LogLevel::kWarn, f, std::forward<Args>(args)...);
  }
  template <class... Args>
  void error(fmt::format_string<Args...> f, Args&&... args) {
    log(LogLevel::kError, f, std::forward<Args>(args)...);
  }

  bool enabled(LogLevel level) const { return level >= level_; }

 protected:
  explicit Logger(LogLevel level) : level_(level) {}
  virtual void write(LogLevel level, std::string_view message) = 0;

 private:
  template <class... Args>
  void log(LogLevel level, fmt::format_string<Args...> f, Args&&... args) {
    if (enabled(level)) write(level, fmt::format(f, std::forward<Args>(args)...));
  }
  LogLevel level_;
};

}  // namespace rappel
