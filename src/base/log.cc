#include "base/log.h"

#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>

#include <mutex>

#include "base/escape_controls.h"

namespace rappel {
namespace {

spdlog::level::level_enum to_spdlog(LogLevel level) {
  switch (level) {
    case LogLevel::kDebug: return spdlog::level::debug;
    case LogLevel::kInfo: return spdlog::level::info;
    case LogLevel::kWarn: return spdlog::level::warn;
    case LogLevel::kError: return spdlog::level::err;
    case LogLevel::kOff: return spdlog::level::off;
  }
  return spdlog::level::info;
}

class StderrLogger final : public Logger {
 public:
  explicit StderrLogger(LogLevel level)
      : Logger(level), log_("rappel", std::make_shared<spdlog::sinks::stderr_color_sink_mt>()) {
    log_.set_level(to_spdlog(level));
    log_.set_formatter(std::make_unique<spdlog::pattern_formatter>("%Y-%m-%dT%H:%M:%S.%eZ %^%-7l%$ %v",
                                                                   spdlog::pattern_time_type::utc));
    log_.flush_on(spdlog::level::trace);
  }

 private:
  void write(LogLevel level, std::string_view message) override {
    const std::string line = escape_controls(message);
    log_.log(to_spdlog(level), spdlog::string_view_t(line.data(), line.size()));
  }
  spdlog::logger log_;
};

class StringLogger final : public Logger {
 public:
  StringLogger(std::string* lines, LogLevel level) : Logger(level), lines_(lines) {}

 private:
  void write(LogLevel, std::string_view message) override {
    std::lock_guard lock(mutex_);
    lines_->append(escape_controls(message)).push_back('\n');
  }
  std::mutex mutex_;
  std::string* lines_;
};

}  // namespace

Result<LogLevel> parse_log_level(std::string_view name) {
  if (name == "debug") return LogLevel::kDebug;
  if (name == "info") return LogLevel::kInfo;
  if (name == "warn" || name == "warning") return LogLevel::kWarn;
  if (name == "error") return LogLevel::kError;
  if (name == "off") return LogLevel::kOff;
  return Status(Code::kInvalidArgument,
                fmt::format("log level '{}' is not one of debug, info, warn, error, off", name));
}

std::unique_ptr<Logger> Logger::to_stderr(LogLevel level) { return std::make_unique<StderrLogger>(level); }
std::unique_ptr<Logger> Logger::to_string(std::string* lines, LogLevel level) {
  return std::make_unique<StringLogger>(lines, level);
}

}  // namespace rappel
