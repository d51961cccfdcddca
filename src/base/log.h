// Logger: writes the program's log. Libraries of this project never print: they return a Status or write to
// the Logger that the caller passed in.
//
// Thread-safe. One line per call: "2026-11-23T10:00:00.123Z info  message", or as JSON
// {"time":"2026-11-23T10:00:00.123Z","level":"info","message":".."}. Owned by main (or by a test).
//
// An event has fields beside its message, for programs that read the log: "message name=value" as text,
// further members as JSON. Lines are valid UTF-8 without control characters, whatever texts of others they
// hold.
#pragma once

#include <fmt/format.h>

#include <chrono>
#include <concepts>
#include <initializer_list>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "base/status.h"

namespace rappel {

enum class LogLevel { kDebug, kInfo, kWarn, kError, kOff };

// Accepts debug, info, warn, error, off.
Result<LogLevel> parse_log_level(std::string_view name);

enum class LogFormat { kText, kJson };

struct LogField {
  LogField(std::string_view its_name, std::string_view text) : name(its_name), value(text) {}
  LogField(std::string_view its_name, std::integral auto number)
      : name(its_name), value(std::to_string(number)), is_number(true) {}

  std::string_view name;  // lower_case, of the program's own
  std::string value;
  bool is_number = false;
};
using LogFields = std::span<const LogField>;

// A line without its end. Members of JSON: time, level, message, then the fields. Text with spaces is quoted.
std::string json_log_line(std::chrono::system_clock::time_point time, LogLevel level,
                          std::string_view message, LogFields fields);
std::string text_log_message(std::string_view message, LogFields fields);

class Logger {
 public:
  // Writes to standard error.
  static std::unique_ptr<Logger> to_stderr(LogLevel level, LogFormat format = LogFormat::kText);
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

  void event(LogLevel level, std::string_view message, std::initializer_list<LogField> fields) {
    event(level, message, LogFields(fields.begin(), fields.size()));
  }
  void event(LogLevel level, std::string_view message, LogFields fields) {
    if (enabled(level)) write(level, message, fields);
  }

  bool enabled(LogLevel level) const { return level >= level_; }

 protected:
  explicit Logger(LogLevel level) : level_(level) {}
  virtual void write(LogLevel level, std::string_view message, LogFields fields) = 0;

 private:
  template <class... Args>
  void log(LogLevel level, fmt::format_string<Args...> f, Args&&... args) {
    if (enabled(level)) write(level, fmt::format(f, std::forward<Args>(args)...), {});
  }
  LogLevel level_;
};

}  // namespace rappel
